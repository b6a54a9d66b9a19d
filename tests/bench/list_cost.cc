// SPDX-License-Identifier: Apache-2.0
//
// What the lists cost that kubelets ask for again and again: the time of a call, and the CPU time
// that the daemon PID spends on it, beside that of this program (floor) to encode the same response
// and, for statistics, to read the bare files of the same cgroups, which lie below CGROUP.
//
//   list_cost ENDPOINT PID CGROUP [COUNT]
#include <fcntl.h>
#include <unistd.h>

#include <ctime>
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

// Milliseconds of CPU time that this program spends on it.
template <typename Work>
double OwnTime(int count, Work work) {
  const clock_t before = clock();
  for (int i = 0; i < count; ++i) {
    work();
  }
  return static_cast<double>(clock() - before) * 1000 / CLOCKS_PER_SEC / count;
}

// The files that no implementation of these lists gets by without, those there are.
std::vector<std::string> FilesOf(const std::string& cgroup) {
  constexpr const char* kFiles[] = {"cpuacct%s/cpuacct.usage",
                                    "memory%s/memory.stat",
                                    "memory%s/memory.usage_in_bytes",
                                    "memory%s/memory.limit_in_bytes",
                                    "pids%s/pids.current",
                                    "unified%s/cpu.pressure",
                                    "unified%s/memory.pressure",
                                    "unified%s/io.pressure",
                                    "%s/cpu.stat",
                                    "%s/memory.stat",
                                    "%s/memory.current",
                                    "%s/memory.max",
                                    "%s/pids.current",
                                    "%s/cpu.pressure",
                                    "%s/memory.pressure",
                                    "%s/io.pressure"};
  std::vector<std::string> found;
  for (std::string file : kFiles) {
    file.replace(file.find("%s"), 2, cgroup);
    file.insert(0, "/sys/fs/cgroup/");
    if (access(file.c_str(), R_OK) == 0) {
      found.push_back(std::move(file));
    }
  }
  return found;
}

void ReadWhole(const std::string& path) {
  char space[16 << 10];
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  while (read(fd, space, sizeof(space)) > 0) {
  }
  close(fd);
}

class Lists {
 public:
  Lists(const std::string& endpoint, const std::string& pid, const std::string& cgroup, int count)
      : client_(endpoint), pid_(pid), count_(count) {
    const v1::ListContainersResponse listed =
        client_.Call(&v1::RuntimeService::Stub::ListContainers, v1::ListContainersRequest());
    for (const v1::Container& container : listed.containers()) {
      const std::string pod = cgroup + "/" + container.pod_sandbox_id();
      for (std::string& file : FilesOf(pod)) {
        of_pods_.push_back(std::move(file));
      }
      for (std::string& file : FilesOf(pod + "/" + container.id())) {
        of_containers_.push_back(std::move(file));
      }
    }
  }

  // What a list cannot do without reading.
  enum class Reads { kNothing, kContainers, kAll };

  template <typename Request, typename Response>
  void Measure(const std::string& name, Reads reads,
               grpc::Status (v1::RuntimeService::Stub::*method)(grpc::ClientContext*,
                                                                const Request&, Response*)) {
    Times times;
    Response response;
    const double before = CpuTime(pid_);
    for (int i = 0; i < count_; ++i) {
      Stopwatch watch;
      response = client_.Call(method, Request());
      times.Add(name, watch.Lap());
    }
    const double cpu = (CpuTime(pid_) - before) / count_;
    const double floor = OwnTime(count_, [&] {
      if (reads != Reads::kNothing) {
        std::for_each(of_containers_.begin(), of_containers_.end(), ReadWhole);
      }
      if (reads == Reads::kAll) {
        std::for_each(of_pods_.begin(), of_pods_.end(), ReadWhole);
      }
      response.SerializeAsString();
    });
    times.Print();
    printf("%s cpu_ms %.3f floor_ms %.3f ratio %.2f bytes %zu\n", name.c_str(), cpu, floor,
           cpu / floor, response.ByteSizeLong());
  }

 private:
  CriClient client_;
  const std::string pid_;
  const int count_;
  std::vector<std::string> of_pods_;  // files of their cgroups
  std::vector<std::string> of_containers_;
};

void Run(const std::string& endpoint, const std::string& pid, const std::string& cgroup,
         int count) {
  using Stub = v1::RuntimeService::Stub;
  Lists lists(endpoint, pid, cgroup, count);
  lists.Measure("ListContainers", Lists::Reads::kNothing, &Stub::ListContainers);
  lists.Measure("ListContainerStats", Lists::Reads::kContainers, &Stub::ListContainerStats);
  lists.Measure("ListPodSandboxStats", Lists::Reads::kAll, &Stub::ListPodSandboxStats);
  lists.Measure("ListPodSandboxMetrics", Lists::Reads::kAll, &Stub::ListPodSandboxMetrics);
}

}  // namespace
}  // namespace berth::bench

int main(int argc, char** argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: list_cost ENDPOINT PID CGROUP [COUNT]\n");
    return 2;
  }
  berth::bench::Run(argv[1], argv[2], argv[3], argc > 4 ? atoi(argv[4]) : 100);
  return 0;
}
