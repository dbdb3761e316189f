package cdk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// settingsFile marks a project's folder.
const settingsFile = "cdk.json"

// Hints holds the folders and files that may belong to a project.
type Hints struct {
	Named      string // the folder that the user names, or "" for none
	Executable string // the file of the running program
	Working    string // the working folder
}

// FindProject returns the absolute path of the project's folder. This is the named folder, or else
// the nearest folder with cdk.json above the program's file, or else above the working folder. The
// error is a *NotProjectError, a *TwoProjectsError or a *NoProjectError, or comes from the file
// system.
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
		executable, err = p.Executable, nil // it was rebuilt after it started
	}
	if err != nil {
		return "", err
	}
	own, here := nearest(filepath.Dir(executable)), nearest(p.Working)
	switch {
	case own == "" && here == "":
		return "", &NoProjectError{Executable: executable, Working: p.Working}
	case own == "":
		return here, nil
	case here == "" || same(own, here):
		return own, nil
	default:
		return "", &TwoProjectsError{Executable: own, Working: here}
	}
}

// nearest returns the nearest folder with cdk.json, from the given one upward, or "".
func nearest(folder string) string {
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

func same(one, other string) bool {
	first, firstErr := os.Stat(one)
	second, secondErr := os.Stat(other)
	return firstErr == nil && secondErr == nil && os.SameFile(first, second)
}

// NotProjectError reports that the named folder is not a project.
type NotProjectError struct{ Folder string }

func (e *NotProjectError) Error() string {
	return fmt.Sprintf("%s is not the project's folder: it has no %s", e.Folder, settingsFile)
}

// TwoProjectsError reports that the program and the working folder belong to different projects.
type TwoProjectsError struct{ Executable, Working string } // the projects' folders

func (e *TwoProjectsError) Error() string {
	return fmt.Sprintf("the program belongs to the project %s, and the working folder to the project %s",
		e.Executable, e.Working)
}

// NoProjectError reports that neither the program nor the working folder belongs to a project.
type NoProjectError struct{ Executable, Working string } // where the search began

func (e *NoProjectError) Error() string {
	return fmt.Sprintf("no project found: no %s in or above the working folder %s, nor above the program %s",
		settingsFile, e.Working, e.Executable)
}
