// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"

// Lexical work on paths; nothing here touches the disk.
namespace berth {

// Removes ".", empty components and "..", as in a chroot: a leading ".." of an absolute path is
// dropped. "/a/./b/../c" becomes "/a/c", "" becomes ".".
std::string CleanPath(absl::string_view path);

// Joins with exactly one slash between. `relative` is taken as relative even with a leading slash.
std::string JoinPath(absl::string_view base, absl::string_view relative);

// The path without its last component, and the last component: "/a/b" is "/a" and "b".
absl::string_view ParentPath(absl::string_view path);
absl::string_view BaseName(absl::string_view path);

bool IsAbsolutePath(absl::string_view path);

// True when a component is "..".
bool HasDotDot(absl::string_view path);

// True for what no path, argument or variable can be: the kernel would see the part before it.
bool HasNul(absl::string_view text);

}  // namespace berth
