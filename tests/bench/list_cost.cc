// SPDX-License-Identifier: Apache-2.0
//
// What the lists cost that kubelets ask for again and again: the time of a call, and the CPU time
// that the daemon PID spends on it.
//
//   list_cost ENDPOINT PID [COUNT]
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "tests/bench/cri_client.h"

namespace berth::bench {
namespace {

// Milliseconds of all its threads, user and system; 0 when there is no such process.
double CpuTime(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::ostringstream text;
  text << file.rdbuf();
  const size_t name_end = text.str().rfind(')');
  if (name_end == std::string::npos) {
    return 0;
  }
  std::istringstream fields(text.str().substr(name_end + 1));
  constexpr int kBeforeUserTime = 11;
  std::string skipped;
  for (int i = 0; i < kBeforeUserTime; ++i) {
    fields >> skipped;
  }
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) * 1000 / static_cast<double>(sysconf(_SC_CLK_TCK));
}

template <typename Request, typename Response>
void Measure(CriClient& client, const std::string& pid, int count, const std::string& name,
             grpc::Status (v1::RuntimeService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                              Response*)) {
  Times times;
  size_t bytes = 0;
  const double before = CpuTime(pid);
  for (int i = 0; i < count; ++i) {
    Stopwatch watch;
    const Response response = client.Call(method, Request());
    times.Add(name, watch.Lap());
    bytes = response.ByteSizeLong();
  }
  const double cpu = (CpuTime(pid) - before) / count;
  times.Print();
  printf("%s cpu_ms %.3f bytes %zu\n", name.c_str(), cpu, bytes);
}

void Run(const std::string& endpoint, const std::string& pid, int count) {
  using Stub = v1::RuntimeService::Stub;
  CriClient client(endpoint);
  Measure(client, pid, count, "ListContainers", &Stub::ListContainers);
  Measure(client, pid, count, "ListContainerStats", &Stub::ListContainerStats);
  Measure(client, pid, count, "ListPodSandboxStats", &Stub::ListPodSandboxStats);
  Measure(client, pid, count, "ListPodSandboxMetrics", &Stub::ListPodSandboxMetrics);
}

}  // namespace
}  // namespace berth::bench

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: list_cost ENDPOINT PID [COUNT]\n");
    return 2;
  }
  berth::bench::Run(argv[1], argv[2], argc > 3 ? atoi(argv[3]) : 100);
  return 0;
}
