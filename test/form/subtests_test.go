package form

import (
	"go/ast"
	"go/token"
	"strconv"
)

// subtest is a call to t.Run, with the position of its name in the source.
type subtest struct {
	name string
	at   token.Pos
}

// findSubtests returns the subtests whose names are string literals. The literals are arguments of
// t.Run, map keys, or values in a table.
func findSubtests(test *ast.FuncDecl) []subtest {
	var found []subtest
	tables := tablesOf(test)
	ast.Inspect(test, func(node ast.Node) bool {
		loop, ok := node.(*ast.RangeStmt)
		if ok {
			found = append(found, loopSubtests(loop, tables)...)
			return true
		}
		if name := runName(node); name != nil {
			found = append(found, literalSubtest(name)...)
		}
		return true
	})
	return found
}

// tablesOf returns the composite literals that a function assigns to variables, by variable.
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

// runName returns the first argument of a call to t.Run. It returns nil for other nodes.
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

// loopSubtests returns the subtests that a loop over a table runs.
func loopSubtests(loop *ast.RangeStmt, tables map[string]*ast.CompositeLit) []subtest {
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
			found = append(found, elementSubtests(table, loop, name.Name)...)
		case *ast.SelectorExpr:
			found = append(found, fieldSubtests(table, name.Sel.Name)...)
		}
		return true
	})
	return found
}

// elementSubtests returns the subtests whose names are the keys or the values of a table. name is
// the key variable or the value variable of the loop.
func elementSubtests(table *ast.CompositeLit, loop *ast.RangeStmt, name string) []subtest {
	var found []subtest
	for _, element := range table.Elts {
		pair, isPair := element.(*ast.KeyValueExpr)
		switch {
		case isPair && isNamed(loop.Key, name):
			found = append(found, literalSubtest(pair.Key)...)
		case isPair && isNamed(loop.Value, name):
			found = append(found, literalSubtest(pair.Value)...)
		case isNamed(loop.Value, name):
			found = append(found, literalSubtest(element)...)
		}
	}
	return found
}

func isNamed(expression ast.Expr, name string) bool {
	identifier, ok := expression.(*ast.Ident)
	return ok && identifier.Name == name
}

// fieldSubtests returns the subtests whose names are in a field of the structs in a table.
func fieldSubtests(table *ast.CompositeLit, field string) []subtest {
	index := -1
	if array, ok := table.Type.(*ast.ArrayType); ok {
		index = fieldIndex(array.Elt, field)
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
				found = append(found, literalSubtest(pair.Value)...)
			case !isPair && i == index:
				found = append(found, literalSubtest(value)...)
			}
		}
	}
	return found
}

// fieldIndex returns the index of a field in a struct type, or -1.
func fieldIndex(typeExpr ast.Expr, field string) int {
	structure, ok := typeExpr.(*ast.StructType)
	if !ok {
		return -1
	}
	index := 0
	for _, group := range structure.Fields.List {
		for _, name := range group.Names {
			if name.Name == field {
				return index
			}
			index++
		}
	}
	return -1
}

// literalSubtest returns the subtest whose name is a string literal. It returns nil for other
// expressions.
func literalSubtest(expression ast.Expr) []subtest {
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
