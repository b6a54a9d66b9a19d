// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "base/sys/errno_or.h"
#include "base/sys/fd.h"

// Anonymous files (memfd_create) that can never change again: whoever maps one needs to trust
// neither its maker nor any other holder, and a program that runs from one cannot be overwritten.
namespace berth::sys {

// Holds a copy of the bytes, at offset 0, sealed against every change. `name` shows up in /proc
// only.
ErrnoOr<Fd> SealedMemoryFile(const char* name, const void* bytes, size_t size);

// The same with the content of `source`, a regular file, from its start; may be executed.
ErrnoOr<Fd> SealedProgram(const char* name, int source);

// An empty one that stays open to change, for a library that writes to descriptors only.
ErrnoOr<Fd> MemoryFile(const char* name);

// Reads from its start until `buffer` is full or the file ends. Returns the number of bytes.
ErrnoOr<size_t> ReadMemoryFile(int fd, std::span<char> buffer);

// Whether `fd` is a memfd sealed against writing and shrinking: a mapping of it cannot fault or
// change.
bool IsSealed(int fd);

}  // namespace berth::sys
