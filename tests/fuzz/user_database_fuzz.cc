// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

#include "base/user_database.h"
#include "tests/fuzz/require.h"

// An image's /etc/passwd and /etc/group, with what its configuration names of them: the first line
// of the input is the name, the rest the file.
namespace berth {
namespace {

constexpr uint32_t kMaxId = 0x7fffffff;

void TryUsers(absl::string_view passwd, absl::string_view name) {
  const auto named = FindUserByName(passwd, name);
  if (!named.has_value()) {
    return;
  }
  Require(named->name == name && named->uid <= kMaxId && named->gid <= kMaxId);
  const auto numbered = FindUserById(passwd, named->uid);
  Require(numbered.has_value() && numbered->uid == named->uid);
}

void TryGroups(absl::string_view group, absl::string_view name) {
  const auto gid = FindGroupByName(group, name);
  Require(!gid.has_value() || *gid <= kMaxId);
  for (const uint32_t member_of : GroupsOf(group, name)) {
    Require(member_of <= kMaxId);
  }
}

}  // namespace
}  // namespace berth

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth;  // NOLINT(google-build-using-namespace) the entry point is C's
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = text.find('\n');
  const absl::string_view name = text.substr(0, end);
  const absl::string_view file = end == absl::string_view::npos ? "" : text.substr(end + 1);
  TryUsers(file, name);
  TryGroups(file, name);
  (void)ParseId(name);
  return 0;
}
