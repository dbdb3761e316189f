package outfile

import (
	"bytes"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// replaceable reports whether a new file can replace an open one without losing anything. Hard
// links, special mode bits and attributes such as access control lists would be lost.
func replaceable(file *os.File, name string, info os.FileInfo) bool {
	there, err := os.Lstat(name)
	if err != nil || !os.SameFile(there, info) { // /dev/fd may link to a deleted file
		return false
	}
	status, ok := info.Sys().(*syscall.Stat_t)
	return ok && status.Nlink == 1 && info.Mode() == info.Mode().Perm() && !attributed(file)
}

// attributed reports whether a file has, or may have, extended attributes. It ignores SELinux
// labels, because a new file gets one from its folder.
func attributed(file *os.File) bool {
	size, err := unix.Flistxattr(int(file.Fd()), nil)
	if err != nil {
		return err != unix.ENOTSUP
	}
	names := make([]byte, size)
	size, err = unix.Flistxattr(int(file.Fd()), names)
	return err != nil || slices.ContainsFunc(bytes.Split(names[:size], []byte{0}), func(name []byte) bool {
		return len(name) > 0 && string(name) != "security.selinux"
	})
}

// keep gives a file the former file's owner and mode.
func keep(file *os.File, former os.FileInfo) error {
	status, ok := former.Sys().(*syscall.Stat_t)
	if !ok {
		return os.ErrInvalid
	}
	if err := file.Chown(int(status.Uid), int(status.Gid)); err != nil {
		return err
	}
	return file.Chmod(former.Mode().Perm())
}
