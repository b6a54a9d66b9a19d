// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/member_fault.h"

#include <errno.h>

#include "gtest/gtest.h"

#include "base/status.h"

namespace berth::imageservice {
namespace {

using Type = TarMember::Type;

absl::Status Refused(int code) {
  return ErrnoStatus({code, "linkat"}, "somewhere");
}

TarMember Member(Type type) {
  TarMember member;
  member.path = "a/name";
  member.type = type;
  member.target = "there";
  return member;
}

TEST(MemberFault, WhatTheArchiveAsksForIsToldInGosWords) {
  const struct {
    Type type;
    int code;
    const char* words;
  } kCases[] = {
      {Type::kFile, ENOTDIR, "open a/name: not a directory"},
      {Type::kDirectory, ELOOP, "mkdir a/name: too many levels of symbolic links"},
      {Type::kHardLink, ENOENT, "link there a/name: no such file or directory"},
      {Type::kHardLink, EPERM, "link there a/name: operation not permitted"},
      {Type::kSymlink, ENAMETOOLONG, "symlink there a/name: file name too long"},
      {Type::kFifo, EEXIST, "mknod a/name: file exists"},
  };
  for (const auto& each : kCases) {
    EXPECT_EQ(MemberFault(Refused(each.code), Member(each.type)), absl::DataLossError(each.words));
  }
}

TEST(MemberFault, TheNodesOwnTroubleAndOtherErrorsStayWhatTheyAre) {
  for (const int code : {ENOSPC, EIO, EROFS, ENOMEM, EDQUOT}) {
    EXPECT_EQ(MemberFault(Refused(code), Member(Type::kFile)), Refused(code));
  }
  const absl::Status cancelled = absl::CancelledError("gone");
  EXPECT_EQ(MemberFault(cancelled, Member(Type::kFile)), cancelled);
  EXPECT_TRUE(MemberFault(absl::OkStatus(), Member(Type::kFile)).ok());
}

}  // namespace
}  // namespace berth::imageservice
