// SPDX-License-Identifier: Apache-2.0

// Prints the figures of the shim alone, without the daemon: time from kStart to kStarted and from
// kExec to kStarted, memory of one and of many shims, throughput of logs.
//
//   shim_figures [count] [gap in ms]
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/sys/clock.h"
#include "tests/kernel/runtime/shim/pod_under_test.h"

namespace berth::test {
namespace {

constexpr int kManyShims = 50;
constexpr int kLogLines = 1000000;

void PrintTimes(const char* name, std::vector<double> times_us) {
  std::sort(times_us.begin(), times_us.end());
  printf("%-28s p50 %8.0f us   p99 %8.0f us   n %zu\n", name, times_us[times_us.size() / 2],
         times_us[times_us.size() * 99 / 100], times_us.size());
}

double Microseconds(int64_t begin) {
  return static_cast<double>(sys::MonotonicTime() - begin) / 1000;
}

void MeasureStarts(int count, int gap_ms) {
  PodUnderTest pod;
  std::vector<double> start;
  for (int i = 0; i < count; ++i) {
    const std::string id = absl::StrCat("c", i);
    runtime::LaunchPlan plan = pod.Plan(id, "");
    plan.process.arguments = {"/bin/true"};
    usleep(static_cast<useconds_t>(gap_ms) * 1000);
    int64_t begin = sys::MonotonicTime();
    pod.Start(plan);
    start.push_back(Microseconds(begin));
    pod.AwaitExit(id);
    pod.Forget(id);
  }
  PrintTimes("kStart to kStarted", std::move(start));
}

void MeasureExecs(int count, int gap_ms) {
  PodUnderTest pod;
  pod.Launch(pod.Plan("a", "sleep 1000"));
  runtime::ProcessPlan process = PodUnderTest::Process("");
  process.arguments = {"/bin/true"};
  std::vector<double> start;
  std::vector<double> whole;
  PipeEnds out = MakePipe();
  const int stdio[] = {out.read.get(), out.write.get(), out.write.get()};
  for (int i = 0; i < count; ++i) {
    usleep(static_cast<useconds_t>(gap_ms) * 1000);
    int64_t begin = sys::MonotonicTime();
    sys::Fd connection = pod.BeginExec("a", process, stdio);
    PodUnderTest::Receive(connection.get());
    start.push_back(Microseconds(begin));
    PodUnderTest::Receive(connection.get());
    whole.push_back(Microseconds(begin));
  }
  PrintTimes("kExec to kStarted", std::move(start));
  PrintTimes("kExec to kExited", std::move(whole));
}

double CpuSeconds(int pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/schedstat"));
  double ns = 0;
  file >> ns;
  return ns / 1e9;
}

void MeasureLogs() {
  PodUnderTest pod;
  const std::string line(99, 'x');
  const double before = CpuSeconds(pod.shim_pid());
  int64_t begin = sys::MonotonicTime();
  pod.Run("a", absl::StrCat("yes ", line, " | head -n ", kLogLines));
  const double seconds = Microseconds(begin) / 1e6;
  const double cpu = CpuSeconds(pod.shim_pid()) - before;
  struct stat info = {};
  stat(pod.LogPath("a").c_str(), &info);
  printf("%-28s %.0f MB/s of output, %.0f MB/s per CPU second of the shim, %s\n",
         "log of 100-byte lines", kLogLines * 100 / seconds / 1e6, kLogLines * 100 / cpu / 1e6,
         info.st_size == kLogLines * 140LL ? "complete" : "INCOMPLETE");
}

long Kilobytes(int pid, const std::string& field) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/smaps_rollup"));
  std::string word;
  long value = 0;
  while (file >> word) {
    if (word == field + ":") {
      file >> value;
    }
  }
  return value;
}

void PrintMemory(const char* name, int pid) {
  printf("%-28s PSS %ld kB, RSS %ld kB, private dirty %ld kB\n", name, Kilobytes(pid, "Pss"),
         Kilobytes(pid, "Rss"), Kilobytes(pid, "Private_Dirty"));
}

// All shims run from one copy of the program in memory, as the daemon's do.
void MeasureMemory() {
  std::vector<std::unique_ptr<PodUnderTest>> pods;
  for (int i = 0; i < kManyShims; ++i) {
    pods.push_back(std::make_unique<PodUnderTest>());
    pods.back()->Launch(pods.back()->Plan("a", "echo x; sleep 1000"));
    pods.back()->AwaitLog("a", "x");
    if (i == 0) {
      PrintMemory("one shim, one container", pods[0]->shim_pid());
    }
  }
  long sum = 0;
  for (const auto& pod : pods) {
    sum += Kilobytes(pod->shim_pid(), "Pss");
  }
  printf("%-28s PSS %.1f kB each\n", "50 shims", static_cast<double>(sum) / kManyShims);
  PodUnderTest& last = *pods.back();
  for (int i = 0; i < 9; ++i) {
    const std::string id = absl::StrCat("more", i);
    last.Launch(last.Plan(id, "echo x; sleep 1000"));
    last.AwaitLog(id, "x");
  }
  PrintMemory("one of them, 10 containers", last.shim_pid());
}

}  // namespace
}  // namespace berth::test

int main(int argc, char** argv) {
  const int count = argc > 1 ? atoi(argv[1]) : 200;
  const int gap_ms = argc > 2 ? atoi(argv[2]) : 0;
  berth::test::MeasureStarts(count, gap_ms);
  berth::test::MeasureExecs(count, gap_ms);
  berth::test::MeasureLogs();
  berth::test::MeasureMemory();
  return 0;
}
