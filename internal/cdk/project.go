package cdk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// settingsFile is the file that makes a folder a project.
const settingsFile = "cdk.json"

// Hints holds paths that may lead to the project's folder.
type Hints struct {
	Named      string // folder that the user names, or ""
	Executable string // file of the running program
	Working    string // working folder
}

// FindProject returns the absolute path of the project's folder. If the user names no folder,
// FindProject looks for cdk.json in the folders above the program's file, and in the working folder
// and the folders above. The error is a *NotProjectError, a *TwoProjectsError, a *NoProjectError,
// or an error of the file system.
func FindProject(p Hints) (string, error) {
	if p.Named != "" {
		folder, err := filepath.Abs(p.Named)
		if err == nil && !isProject(folder) {
			err = &NotProjectError{Folder: folder}
		}
		return folder, err
	}
	executable, err := filepath.EvalSymlinks(p.Executable)
	if errors.Is(err, os.ErrNotExist) {
		executable, err = p.Executable, nil // the program's file was replaced after the program started
	}
	if err != nil {
		return "", err
	}
	programProject, workingProject := nearestProject(filepath.Dir(executable)), nearestProject(p.Working)
	switch {
	case programProject == "" && workingProject == "":
		return "", &NoProjectError{Executable: executable, Working: p.Working}
	case programProject == "":
		return workingProject, nil
	case workingProject == "" || sameFolder(programProject, workingProject):
		return programProject, nil
	default:
		return "", &TwoProjectsError{ProgramProject: programProject, WorkingProject: workingProject}
	}
}

// nearestProject returns folder or its nearest parent folder that is a project. If there is none,
// nearestProject returns "".
func nearestProject(folder string) string {
	for ; !isProject(folder); folder = filepath.Dir(folder) {
		if folder == filepath.Dir(folder) {
			return ""
		}
	}
	return folder
}

func isProject(folder string) bool {
	info, err := os.Stat(filepath.Join(folder, settingsFile))
	return err == nil && info.Mode().IsRegular()
}

func sameFolder(one, other string) bool {
	first, firstErr := os.Stat(one)
	second, secondErr := os.Stat(other)
	return firstErr == nil && secondErr == nil && os.SameFile(first, second)
}

// NotProjectError reports that the named folder is not a project.
type NotProjectError struct{ Folder string }

func (e *NotProjectError) Error() string {
	return fmt.Sprintf("%s is not a project folder: it has no %s", e.Folder, settingsFile)
}

// TwoProjectsError reports that the program and the working folder belong to different projects.
type TwoProjectsError struct{ ProgramProject, WorkingProject string } // the projects' folders

func (e *TwoProjectsError) Error() string {
	return fmt.Sprintf("the program belongs to the project %s, but the working folder belongs to the project %s",
		e.ProgramProject, e.WorkingProject)
}

// NoProjectError reports that neither the program nor the working folder belongs to a project.
type NoProjectError struct{ Executable, Working string } // the paths from Hints; links in Executable are resolved

func (e *NoProjectError) Error() string {
	return fmt.Sprintf("no project found: no %s in or above the working folder %s, nor above the program %s",
		settingsFile, e.Working, e.Executable)
}
