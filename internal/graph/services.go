package graph

import "strings"

// services lists the names of services, except those that serviceName derives by capitalizing the
// ID. The ID in an AWS SDK integration is the name in lowercase, without spaces:
// https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
var services = strings.Split(strings.ReplaceAll(strings.TrimSpace(`
AccessAnalyzer, ACM, ACM PCA, AMP, AmplifyBackend, AmplifyUIBuilder, API Gateway,
ApiGatewayManagementApi, ApiGatewayV2, App Mesh, AppConfig, AppConfigData, AppIntegrations,
Application Auto Scaling, Application Discovery, Application Insights, Application Signals,
ApplicationCostProfiler, AppRunner, AppStream, AppSync, AuditManager, Auto Scaling,
Auto Scaling Plans, B2BI, Backup Gateway, BackupSearch, Bedrock Agent, Bedrock Agent Runtime,
Bedrock AgentCore, Bedrock AgentCore Control, Bedrock Data Automation,
Bedrock Data Automation Runtime, Bedrock Runtime, Chime SDK Identity, Chime SDK Media Pipelines,
Chime SDK Meetings, Chime SDK Messaging, Chime SDK Voice, CleanRooms, CleanRoomsML, CloudControl,
CloudDirectory, CloudFormation, CloudFront, CloudFront KeyValueStore, CloudHSM, CloudHSM V2,
CloudSearch, CloudSearch Domain, CloudTrail, CloudTrail Data, CloudWatch, CloudWatch Logs,
CodeArtifact, CodeBuild, CodeCatalyst, CodeCommit, CodeConnections, CodeDeploy, CodeGuru Reviewer,
CodeGuru Security, CodeGuruProfiler, CodePipeline, CodeStar connections, Cognito Identity,
Cognito Sync, ComprehendMedical, Compute Optimizer, Connect Contact Lens, ConnectCampaigns,
ConnectCampaignsV2, ConnectCases, ConnectParticipant, ConnectScheduling, ControlCatalog,
ControlTower, Cost and Usage Report, Cost Explorer, Cost Optimization Hub, Customer Profiles,
Data Pipeline, Database Migration, DataExchange, DataSync, DataZone, DAX, Device Farm, DevOps Guru,
Direct Connect, Directory Service Data, DLM, DocDB, DocDB Elastic, DRS, DSQL, DynamoDB,
DynamoDB Streams, EBS, EC2, EC2 Instance Connect, ECR, ECR Public, ECS, EFS, EKS, EKS Auth,
Elastic Beanstalk, Elastic Load Balancing, Elastic Load Balancing v2, ElastiCache, EMR,
EMR Serverless, EntityResolution, EventBridge, EVS, FIS, FMS, FraudDetector, FSx, GameLift,
Geo Maps, Geo Places, Geo Routes, Global Accelerator, GroundStation, GuardDuty, HealthLake, HTTP,
IAM, Image Builder, ImportExport, Inspector Scan, InternetMonitor, IoT, IoT Data Plane,
IoT Device Advisor, IoT Jobs Data Plane, IoT Managed Integrations, IoT Wireless, IoTFleetWise,
IoTSecureTunneling, IoTSiteWise, IoTTwinMaker, IVS, IVS RealTime, KafkaConnect, Kendra Ranking,
Kinesis Analytics, Kinesis Analytics V2, Kinesis Video, Kinesis Video Archived Media,
Kinesis Video Media, Kinesis Video Signaling, Kinesis Video WebRTC Storage, KMS, LakeFormation,
Launch Wizard, Lex Model Building, Lex Models V2, Lex Runtime, Lex Runtime V2, License Manager,
License Manager Linux Subscriptions, License Manager User Subscriptions, LookoutEquipment,
Machine Learning, MailManager, ManagedBlockchain, ManagedBlockchain Query, Marketplace Catalog,
Marketplace Commerce Analytics, Marketplace Entitlement, Marketplace Metering, MediaConnect,
MediaConvert, MediaLive, MediaPackage, MediaPackage Vod, MediaPackageV2, MediaStore,
MediaStore Data, MediaTailor, Medical Imaging, MemoryDB, MGN, Migration Hub,
Migration Hub Refactor Spaces, MigrationHub Config, MigrationHubOrchestrator, MigrationHubStrategy,
MQ, MTurk, MWAA, Neptune Graph, Network Firewall, NetworkFlowMonitor, NetworkManager,
NetworkMonitor, NotificationsContacts, OAM, ObservabilityAdmin, OpenSearch, OpenSearchServerless,
Payment Cryptography, Payment Cryptography Data, PCS, Personalize Events, Personalize Runtime,
Pinpoint Email, Pinpoint SMS Voice V2, QBusiness, QConnect, QuickSight, RAM, RDS, RDS Data,
Redshift Data, Redshift Serverless, Resilience Hub, Resource Explorer 2, Resource Groups,
Resource Groups Tagging API, RolesAnywhere, Route 53, Route 53 Domains, Route53 Recovery Cluster,
Route53 Recovery Control Config, Route53 Recovery Readiness, Route53Profiles, Route53Resolver, RUM,
S3 Control, S3Outposts, S3Tables, S3Vectors, SageMaker, SageMaker A2I Runtime,
SageMaker FeatureStore Runtime, SageMaker Geospatial, SageMaker Metrics, SageMaker Runtime,
Secrets Manager, SecurityHub, SecurityLake, ServerlessApplicationRepository, Service Catalog,
Service Catalog AppRegistry, Service Quotas, ServiceDiscovery, SES, SESv2, Signer Data, SimpleDB,
Snow Device Management, SNS, SQS, SSM, SSM Contacts, SSM GuiConnect, SSM Incidents, SSM QuickSetup,
SSM SAP, SSO, SSO Admin, SSO OIDC, Storage Gateway, STS, SupplyChain, SWF, Timestream InfluxDB,
Timestream Query, Timestream Write, TrustedAdvisor, VerifiedPermissions, Voice ID, VPC Lattice, WAF,
WAF Regional, WAF V2, WellArchitected, WorkDocs, WorkMail, WorkMailMessageFlow, WorkSpaces,
WorkSpaces Thin Client, WorkSpaces Web, XRay
`), "\n", " "), ", ")

// specialNames maps service IDs, without their hyphens, to names that differ from the ID in more
// than case and spaces. The IDs of the first group are from
// https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html
var specialNames = map[string]string{
	"databrew":         "Glue DataBrew",
	"elasticmapreduce": "EMR",
	"emrcontainers":    "EMR on EKS",
	"events":           "EventBridge",
	"states":           "Step Functions",

	"cognitoidentityprovider": "Cognito User Pools",
	"osis":                    "OpenSearch Ingestion",
	"pi":                      "Performance Insights",
	"rbin":                    "Recycle Bin",
	"sfn":                     "Step Functions",
}
