package capi

import (
	"encoding/binary"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Version names a state of a database: two that are equal were read without a
// commit in between, by this connection or any other, of this process or any
// other. It is the header of the wal-index, which SQLite compares for the same
// purpose when a transaction begins, and which has a count of the commits in it.
// Source: https://sqlite.org/walformat.html#the_wal_index_header
type Version [6]uint64

const (
	versionSize  = len(Version{}) * 8
	walIndexPart = 32 << 10 // the unit in which the wal-index is mapped
)

// Version returns the present version. A commit has changed it before the one
// who commits hears of its success, and not before others can read what was
// committed. It takes no lock and no system call. It is false for a database that
// is not in WAL mode.
//
// A statement must have read the database on this connection before: only then
// has SQLite opened what is looked at here.
func (c *Conn) Version() (v Version, known bool) {
	if c.walIndex == 0 {
		c.walIndex = c.mapWALIndex()
	}
	if c.walIndex == 0 {
		return v, false
	}
	// SQLite writes the second copy of the header and then the first; a part that
	// is still the old one says that the commit has not succeeded yet.
	header := libc.GoBytes(c.walIndex, versionSize)
	for i := range v {
		v[i] = binary.NativeEndian.Uint64(header[8*i:])
	}
	return v, true
}

// Frames returns how many pages the write-ahead log holds, of which some may
// have been copied to the database already.
func (v Version) Frames() int {
	const place = 16 // of mxFrame, 4 bytes, in the header
	var part [8]byte
	binary.NativeEndian.PutUint64(part[:], v[place/8])
	return int(binary.NativeEndian.Uint32(part[:]))
}

// mapWALIndex returns where the wal-index begins in memory, which it does until
// the connection is closed; 0 when it is not mapped.
func (c *Conn) mapWALIndex() uintptr {
	file, function := c.method(unsafe.Offsetof(sqlite3.Tsqlite3_io_methods{}.FxShmMap))
	if function == 0 {
		return 0
	}
	out := c.tls.Alloc(pointerSize)
	defer c.tls.Free(pointerSize)
	const neverExtend = 0 // that is for those who write
	type shmMap = func(tls *libc.TLS, file uintptr, part, size, extend int32, out uintptr) int32
	call := *(*shmMap)(unsafe.Pointer(&struct{ uintptr }{function})) //nolint:gosec // how the translation calls what C points to
	if rc := call(c.tls, file, 0, walIndexPart, neverExtend, out); rc != sqlite3.SQLITE_OK {
		return 0
	}
	return pointerAt(out)
}
