// SPDX-License-Identifier: Apache-2.0
#include "runtime/records.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include <fstream>

#include "gtest/gtest.h"

#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

// The runtime's root on a disk of its own, which is small.
class SmallRoot {
 public:
  explicit SmallRoot(RuntimeFixture& fixture) : path_(fixture.dir().Join("root")) {
    EXPECT_EQ(mkdir(path_.c_str(), 0700), 0);
    EXPECT_EQ(mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=16m"), 0);
  }
  SmallRoot(const SmallRoot&) = delete;
  SmallRoot& operator=(const SmallRoot&) = delete;
  ~SmallRoot() { EXPECT_EQ(umount2(path_.c_str(), MNT_DETACH), 0); }

  // To the last byte, again when some has become free.
  void Fill() {
    for (const size_t size : {size_t{64 << 10}, size_t{1}}) {
      std::ofstream file(path_ + "/fill", std::ios::app);
      const std::string block(size, 'x');
      while (file.write(block.data(), static_cast<std::streamsize>(size)).flush()) {
      }
    }
  }
  std::string file() const { return path_ + "/runtime.db"; }

 private:
  std::string path_;
};

KERNEL_TEST(AFullDisk, ForbidsToAddButNotToStopAndRemove) {
  RuntimeFixture fixture;
  SmallRoot root(fixture);
  PodRuntime& runtime = fixture.Open();
  const std::string pod = fixture.RunPod("one");
  const std::string stopped = fixture.Start(pod, "stopped", "exec sleep 1000");
  const std::string removed = fixture.Start(pod, "removed", "exec sleep 1000");
  root.Fill();
  const absl::Status refused =
      runtime.RunPod(fixture.Soon(), fixture.PodConfig("two"), "", {}).status();
  EXPECT_THAT(refused, test::StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(refused.message(), ::testing::Not(::testing::HasSubstr("INSERT")));
  EXPECT_THAT(runtime.StopContainer(fixture.Soon(), stopped, absl::ZeroDuration()), test::IsOk());
  root.Fill();
  EXPECT_THAT(runtime.RemoveContainer(fixture.Soon(), removed), test::IsOk());
  root.Fill();
  EXPECT_THAT(runtime.StopPod(fixture.Soon(), pod), test::IsOk());
  root.Fill();
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

KERNEL_TEST(AFullDisk, IsNoReasonNotToStart) {
  RuntimeFixture fixture;
  SmallRoot root(fixture);
  fixture.Open();
  const std::string pod = fixture.RunPod("one");
  root.Fill();
  fixture.Close();
  for (int i = 0; i < 2; ++i) {
    root.Fill();
    ASSERT_THAT(Records::Open(root.file()), test::IsOk());
    root.Fill();
    ASSERT_THAT(CheckpointRecords(root.file()), test::IsOk());
  }
  root.Fill();
  PodRuntime& runtime = fixture.Open();
  EXPECT_EQ(runtime.FindPod(pod)->state, v1::SANDBOX_READY);
  root.Fill();
  EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  fixture.ExpectNothingLeft();
}

}  // namespace
}  // namespace berth::runtime
