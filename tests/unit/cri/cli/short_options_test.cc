// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/short_options.h"

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace berth::cli {
namespace {

class ShortOptionsTest : public testing::Test {
 protected:
  ShortOptionsTest() {
    program_.Add("-H,--host", text_, "");
    Verb& run = program_.AddVerb("run");
    run.Add("-p,--publish", texts_, "");
    run.AddFlag("-i,--interactive", flag_, "");
    run.AddUsual("-q,--quiet", "");
    run.TakeWords(texts_, "IMAGE", {"IMAGE"});
    program_.AddVerb("image").AddVerb("ls").AddFlag("-a", flag_, "");
  }
  std::string Split(const std::string& line) const {
    return absl::StrJoin(SplitShortOptions(program_, absl::StrSplit(line, ' ')), " ");
  }

  std::string text_;
  std::vector<std::string> texts_;
  bool flag_ = false;
  Verb program_{"berth"};
};

TEST_F(ShortOptionsTest, SplitsValuesAndFlags) {
  EXPECT_EQ(Split("run -p=80:80 -p=a=b x"), "run -p 80:80 -p a=b x");
  EXPECT_EQ(Split("run -i=false -q=true x"), "run --interactive=false --quiet=true x");
  EXPECT_EQ(Split("-H=/s run -p= x"), "-H /s run -p  x");
}

TEST_F(ShortOptionsTest, LeavesTheRestAlone) {
  EXPECT_EQ(Split("run -p -p=1 x -p=1"), "run -p -p=1 x -p=1");  // a value; the command's
  EXPECT_EQ(Split("run -- -p=1"), "run -- -p=1");
  EXPECT_EQ(Split("image ls -a=1 -z=1 - --a=1"), "image ls -a=1 -z=1 - --a=1");
  EXPECT_EQ(Split("nothing -p=1"), "nothing -p=1");
}

}  // namespace
}  // namespace berth::cli
