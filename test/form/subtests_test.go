package form

import (
	"go/ast"
	"go/token"
	"strconv"
)

// subtest holds the name of a call of t.Run and its position in the source.
type subtest struct {
	name string
	at   token.Pos
}

// subtests returns the subtests whose names are constants: arguments of t.Run, keys of a map, or
// fields of a table.
func subtests(test *ast.FuncDecl) []subtest {
	var found []subtest
	tables := tablesOf(test)
	ast.Inspect(test, func(node ast.Node) bool {
		loop, ok := node.(*ast.RangeStmt)
		if ok {
			found = append(found, ofLoop(loop, tables)...)
			return true
		}
		if name := runName(node); name != nil {
			found = append(found, literal(name)...)
		}
		return true
	})
	return found
}

// tablesOf returns the composite literals of a function's variables.
func tablesOf(test *ast.FuncDecl) map[string]*ast.CompositeLit {
	tables := map[string]*ast.CompositeLit{}
	ast.Inspect(test, func(node ast.Node) bool {
		if assign, ok := node.(*ast.AssignStmt); ok && len(assign.Lhs) == 1 && len(assign.Rhs) == 1 {
			variable, isName := assign.Lhs[0].(*ast.Ident)
			table, isTable := assign.Rhs[0].(*ast.CompositeLit)
			if isName && isTable {
				tables[variable.Name] = table
			}
		}
		return true
	})
	return tables
}

// runName returns the name in a call of t.Run, or nil for another node.
func runName(node ast.Node) ast.Expr {
	call, ok := node.(*ast.CallExpr)
	if !ok || len(call.Args) != 2 {
		return nil
	}
	if method, ok := call.Fun.(*ast.SelectorExpr); !ok || method.Sel.Name != "Run" {
		return nil
	}
	return call.Args[0]
}

// ofLoop returns the names that a loop over a table gives to its subtests.
func ofLoop(loop *ast.RangeStmt, tables map[string]*ast.CompositeLit) []subtest {
	table, ok := loop.X.(*ast.CompositeLit)
	if variable, isName := loop.X.(*ast.Ident); isName {
		table, ok = tables[variable.Name]
	}
	if !ok {
		return nil
	}
	var found []subtest
	ast.Inspect(loop.Body, func(node ast.Node) bool {
		switch name := runName(node).(type) {
		case *ast.Ident:
			found = append(found, elements(table, loop, name.Name)...)
		case *ast.SelectorExpr:
			found = append(found, fields(table, name.Sel.Name)...)
		}
		return true
	})
	return found
}

// elements returns the keys or the values of a table, whichever the loop's variable stands for.
func elements(table *ast.CompositeLit, loop *ast.RangeStmt, name string) []subtest {
	var found []subtest
	for _, element := range table.Elts {
		pair, isPair := element.(*ast.KeyValueExpr)
		switch {
		case isPair && isNamed(loop.Key, name):
			found = append(found, literal(pair.Key)...)
		case isPair && isNamed(loop.Value, name):
			found = append(found, literal(pair.Value)...)
		case isNamed(loop.Value, name):
			found = append(found, literal(element)...)
		}
	}
	return found
}

func isNamed(expression ast.Expr, name string) bool {
	identifier, ok := expression.(*ast.Ident)
	return ok && identifier.Name == name
}

// fields returns the values of a field in the structs of a table.
func fields(table *ast.CompositeLit, field string) []subtest {
	at := -1
	if array, ok := table.Type.(*ast.ArrayType); ok {
		at = indexOf(array.Elt, field)
	}
	var found []subtest
	for _, element := range table.Elts {
		row, ok := element.(*ast.CompositeLit)
		if !ok {
			continue
		}
		for i, value := range row.Elts {
			pair, isPair := value.(*ast.KeyValueExpr)
			switch {
			case isPair && isNamed(pair.Key, field):
				found = append(found, literal(pair.Value)...)
			case !isPair && i == at:
				found = append(found, literal(value)...)
			}
		}
	}
	return found
}

// indexOf returns the index of a field in an anonymous struct type, or -1.
func indexOf(kind ast.Expr, field string) int {
	structure, ok := kind.(*ast.StructType)
	if !ok {
		return -1
	}
	at := 0
	for _, group := range structure.Fields.List {
		for _, name := range group.Names {
			if name.Name == field {
				return at
			}
			at++
		}
	}
	return -1
}

// literal returns the subtest named by a constant string, or nil for another expression.
func literal(expression ast.Expr) []subtest {
	constant, ok := expression.(*ast.BasicLit)
	if !ok || constant.Kind != token.STRING {
		return nil
	}
	name, err := strconv.Unquote(constant.Value)
	if err != nil {
		return nil
	}
	return []subtest{{name, constant.Pos()}}
}
