// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/receive_files.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "base/file.h"
#include "imageservice/layer/tar_writer.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/cri/cli/engine_under_test.h"

namespace berth::cli {
namespace {

using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;

std::string Archive() {
  std::string bytes;
  imageservice::TarWriter writer([&](absl::string_view piece) {
    absl::StrAppend(&bytes, piece);
    return absl::OkStatus();
  });
  imageservice::TarMember top;
  top.path = "d";
  top.type = imageservice::TarMember::Type::kDirectory;
  top.mode = 0755;
  EXPECT_TRUE(writer.Add(top).ok());
  imageservice::TarMember file;
  file.path = "d/f";
  file.mode = 0644;
  file.size = 4;
  EXPECT_TRUE(writer.Add(file).ok());
  EXPECT_TRUE(writer.Write("text").ok());
  EXPECT_TRUE(writer.Finish().ok());
  return bytes;
}

TEST(ReceiveFiles, UnpacksAnAnswer) {
  test::TempDir space;
  const std::string body = Archive();
  Engine engine(space.Join("s"), "\r\n\r\n",
                absl::StrCat("HTTP/1.1 200 OK\r\nContent-Length: ", body.size(), "\r\n\r\n", body));
  EXPECT_THAT(ReceiveFiles(EngineClient(space.Join("s")), {.target = "/x"},
                           {.directory = space.path(), .name = {}}),
              IsOkAndHolds(4));
  EXPECT_THAT(ReadFile(space.Join("f"), 10), IsOkAndHolds("text"));
}

TEST(ReceiveFiles, FailsAsTheCall) {
  test::TempDir space;
  Engine engine(space.Join("s"), "\r\n\r\n",
                "HTTP/1.1 404 Not Found\r\nContent-Length: 15\r\n\r\n{\"message\":\"m\"}");
  EXPECT_THAT(ReceiveFiles(EngineClient(space.Join("s")), {.target = "/x"},
                           {.directory = space.path(), .name = {}}),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace berth::cli
