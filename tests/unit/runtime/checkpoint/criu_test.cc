// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/criu.h"

#include <sys/stat.h>

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::runtime {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

// Runs a script in the place of CRIU: what is tested is what is told of its end.
absl::Status RunScript(const std::string& script, const Call& call = Call()) {
  test::TempDir space;
  const std::string path = space.Join("criu");
  std::ofstream(path) << "#!/bin/sh\ncd " << space.path() << "\n" << script << "\n";
  chmod(path.c_str(), 0700);
  return RunCriu(call, "c1", {path, "dump"}, space.Join("dump.log"));
}

TEST(Criu, ThatIsNotThereIsUnimplemented) {
  EXPECT_THAT(RunCriu(Call(), "c1", {"/nowhere/criu", "dump"}, "/nowhere/log"),
              StatusIs(absl::StatusCode::kUnimplemented,
                       AllOf(HasSubstr("/nowhere/criu"), HasSubstr("criu is not installed"))));
}

TEST(Criu, SaysWhyItFails) {
  EXPECT_THAT(RunScript("exit 0"), IsOk());
  EXPECT_THAT(
      RunScript("echo '(00.1) Error (criu/a.c:7): Connected TCP socket' > dump.log; exit 1"),
      StatusIs(absl::StatusCode::kInternal,
               AllOf(HasSubstr("exit code 1"), HasSubstr("Connected TCP socket"))));
  EXPECT_THAT(RunScript("kill -9 $$"), StatusIs(absl::StatusCode::kInternal, HasSubstr("137")));
}

TEST(Criu, ThatCannotWorkOnThisKernelIsUnimplemented) {
  EXPECT_THAT(
      RunScript(
          "echo 'Error (criu/vdso.c:381): vdso: Unexpected rt vDSO area bounds' >&2\n"
          "echo 'Error (criu/crtools.c:260): Could not initialize kernel features detection.' "
          ">&2; exit 1"),
      StatusIs(absl::StatusCode::kUnimplemented,
               AllOf(HasSubstr("this kernel"), HasSubstr("Unexpected rt vDSO area bounds"))));
}

TEST(Criu, EndsWithItsCaller) {
  EXPECT_THAT(RunScript("exec sleep 1000", Call::WithTimeout(absl::Milliseconds(50))),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

}  // namespace
}  // namespace berth::runtime
