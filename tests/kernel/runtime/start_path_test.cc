// SPDX-License-Identifier: Apache-2.0
// What the path of a start must not do, and how long it takes.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/kernel/runtime/runtime_fixture.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

// From now on every sync of a file fails, on every thread of this process and in its children.
void RefuseSyncs() {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fsync, 5, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fdatasync, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_syncfs, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sync, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sync_file_range, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EIO),
  };
  const sock_fprog program = {std::size(filter), filter};
  ASSERT_EQ(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program), 0);
  ASSERT_EQ(fsync(STDOUT_FILENO), -1);
}

KERNEL_TEST(StartPath, SyncsNothing) {
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  RefuseSyncs();
  for (int i = 0; i < 3; ++i) {
    const std::string pod = fixture.RunPod("one");
    const std::string container = fixture.Start(pod, "main", "exit 3");
    EXPECT_EQ(fixture.AwaitExit(container).exit_code, 3);
    EXPECT_THAT(runtime.StopPod(fixture.Soon(), pod), test::IsOk());
    EXPECT_THAT(runtime.RemovePod(fixture.Soon(), pod), test::IsOk());
  }
  fixture.ExpectNothingLeft();
}

struct Times {
  const char* step;
  std::vector<double> milliseconds;

  template <typename Work>
  auto Measure(Work work) {
    const absl::Time begin = absl::Now();
    auto result = work();
    milliseconds.push_back(absl::ToDoubleMilliseconds(absl::Now() - begin));
    return result;
  }

  void Print() {
    std::sort(milliseconds.begin(), milliseconds.end());
    printf("%-16s p50 %7.2f ms  max %7.2f ms\n", step, milliseconds[milliseconds.size() / 2],
           milliseconds.back());
  }
};

// No limit is asserted, since the machine may be doing anything else; tests/bench measures.
KERNEL_TEST(StartPath, TellsItsTimesWithGaps) {
  constexpr int kRounds = 20;
  constexpr useconds_t kGap = 100'000;
  RuntimeFixture fixture;
  PodRuntime& runtime = fixture.Open();
  Times run{"RunPod"}, create{"CreateContainer"}, start{"StartContainer"}, exec{"ExecSync"},
      stop{"StopContainer"}, remove{"RemovePod"};
  for (int i = 0; i < kRounds; ++i) {
    const std::string pod = run.Measure([&] { return fixture.RunPod("one"); });
    ContainerRequest request = fixture.Request(*runtime.FindPod(pod), "main", "exec sleep 1000");
    usleep(kGap);
    const std::string container =
        create.Measure([&] { return runtime.CreateContainer(fixture.Soon(), request).value(); });
    usleep(kGap);
    EXPECT_THAT(start.Measure([&] { return runtime.StartContainer(fixture.Soon(), container); }),
                test::IsOk());
    usleep(kGap);
    EXPECT_THAT(exec.Measure([&] {
      return runtime.ExecSync(fixture.Soon(), container, {"/bin/true"}, absl::Seconds(5));
    }),
                test::IsOk());
    EXPECT_THAT(stop.Measure([&] {
      return runtime.StopContainer(fixture.Soon(), container, absl::ZeroDuration());
    }),
                test::IsOk());
    EXPECT_THAT(remove.Measure([&] { return runtime.RemovePod(fixture.Soon(), pod); }),
                test::IsOk());
    usleep(kGap);
  }
  for (Times* times : {&run, &create, &start, &exec, &stop, &remove}) {
    times->Print();
  }
}

}  // namespace
}  // namespace berth::runtime
