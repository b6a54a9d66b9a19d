// SPDX-License-Identifier: Apache-2.0
//
// How long a pod of one container takes from the request to its first byte of output, step by step,
// against any CRI daemon. The container writes into a FIFO of the host, so that no daemon gains by
// answering early.
//
//   start_latency --endpoint unix:///run/berth/berth.sock --image REF [--count N] [--gap-ms N]
//                 [--burst N] [--host-network] [--cgroup-parent PATH]
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/cri_client.h"

namespace berth::bench {
namespace {

struct Options {
  std::string endpoint;
  std::string image;
  std::string cgroup_parent;
  int count = 50;
  int gap_ms = 100;
  int burst = 1;
  bool host_network = false;
};

std::mutex g_mutex;

v1::PodSandboxConfig PodConfig(const Options& options, const std::string& name) {
  v1::PodSandboxConfig config;
  config.mutable_metadata()->set_name(name);
  config.mutable_metadata()->set_namespace_("bench");
  config.mutable_metadata()->set_uid(name);
  config.mutable_linux()->set_cgroup_parent(options.cgroup_parent);
  v1::NamespaceOption& namespaces =
      *config.mutable_linux()->mutable_security_context()->mutable_namespace_options();
  namespaces.set_network(options.host_network ? v1::NODE : v1::POD);
  namespaces.set_pid(v1::CONTAINER);
  return config;
}

v1::ContainerConfig ContainerConfig(const Options& options, const v1::PodSandboxConfig& pod,
                                    const std::string& directory) {
  v1::ContainerConfig config;
  config.mutable_metadata()->set_name("main");
  config.mutable_image()->set_image(options.image);
  for (const char* word : {"/bin/sh", "-c", "echo x > /bench/fifo; exec sleep 1000"}) {
    config.add_command(word);
  }
  v1::Mount& mount = *config.add_mounts();
  mount.set_host_path(directory);
  mount.set_container_path("/bench");
  *config.mutable_linux()->mutable_security_context()->mutable_namespace_options() =
      pod.linux().security_context().namespace_options();
  return config;
}

void WaitForByte(int fifo) {
  pollfd wait = {fifo, POLLIN, 0};
  char byte = 0;
  if (poll(&wait, 1, 60'000) != 1 || read(fifo, &byte, 1) != 1) {
    fprintf(stderr, "the container wrote nothing\n");
    exit(1);
  }
}

void RunOnce(CriClient& client, const Options& options, const std::string& name, Times& times) {
  char directory[] = "/tmp/berth-bench-XXXXXX";
  if (mkdtemp(directory) == nullptr || chmod(directory, 0755) != 0) {
    exit(1);
  }
  const std::string path = std::string(directory) + "/fifo";
  mkfifo(path.c_str(), 0666);
  const int fifo = open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  using Stub = v1::RuntimeService::Stub;
  std::map<std::string, double> laps;
  Stopwatch total;
  Stopwatch step;
  v1::RunPodSandboxRequest run;
  *run.mutable_config() = PodConfig(options, name);
  const std::string pod = client.Call(&Stub::RunPodSandbox, run).pod_sandbox_id();
  laps["1 RunPodSandbox"] = step.Lap();
  v1::CreateContainerRequest create;
  create.set_pod_sandbox_id(pod);
  *create.mutable_sandbox_config() = run.config();
  *create.mutable_config() = ContainerConfig(options, run.config(), directory);
  v1::StartContainerRequest start;
  start.set_container_id(client.Call(&Stub::CreateContainer, create).container_id());
  laps["2 CreateContainer"] = step.Lap();
  client.Call(&Stub::StartContainer, start);
  laps["3 StartContainer"] = step.Lap();
  WaitForByte(fifo);
  laps["4 first byte"] = step.Lap();
  laps["total to first byte"] = total.Lap();
  step.Lap();
  v1::StopPodSandboxRequest stop;
  stop.set_pod_sandbox_id(pod);
  client.Call(&Stub::StopPodSandbox, stop);
  laps["5 StopPodSandbox"] = step.Lap();
  v1::RemovePodSandboxRequest remove;
  remove.set_pod_sandbox_id(pod);
  client.Call(&Stub::RemovePodSandbox, remove);
  laps["6 RemovePodSandbox"] = step.Lap();
  close(fifo);
  unlink(path.c_str());
  rmdir(directory);
  const std::lock_guard lock(g_mutex);
  for (const auto& [name_of_step, ms] : laps) {
    times.Add(name_of_step, ms);
  }
}

Options Parse(int argc, char** argv) {
  constexpr option kOptions[] = {{"endpoint", required_argument, nullptr, 'e'},
                                 {"image", required_argument, nullptr, 'i'},
                                 {"count", required_argument, nullptr, 'n'},
                                 {"gap-ms", required_argument, nullptr, 'g'},
                                 {"burst", required_argument, nullptr, 'b'},
                                 {"host-network", no_argument, nullptr, 'h'},
                                 {"cgroup-parent", required_argument, nullptr, 'c'},
                                 {nullptr, 0, nullptr, 0}};
  Options options;
  int choice = 0;
  while ((choice = getopt_long(argc, argv, "", kOptions, nullptr)) != -1) {
    switch (choice) {
      case 'e':
        options.endpoint = optarg;
        break;
      case 'i':
        options.image = optarg;
        break;
      case 'n':
        options.count = atoi(optarg);
        break;
      case 'g':
        options.gap_ms = atoi(optarg);
        break;
      case 'b':
        options.burst = atoi(optarg);
        break;
      case 'h':
        options.host_network = true;
        break;
      case 'c':
        options.cgroup_parent = optarg;
        break;
      default:
        exit(2);
    }
  }
  return options;
}

int Main(int argc, char** argv) {
  const Options options = Parse(argc, argv);
  CriClient client(options.endpoint);
  Times times;
  for (int i = 0; i < options.count; i += options.burst) {
    std::this_thread::sleep_for(std::chrono::milliseconds(options.gap_ms));
    std::vector<std::thread> clients;
    for (int k = 0; k < options.burst; ++k) {
      const std::string name = "bench-" + std::to_string(getpid()) + "-" + std::to_string(i + k);
      clients.emplace_back(
          [&client, &options, &times, name] { RunOnce(client, options, name, times); });
    }
    for (std::thread& thread : clients) {
      thread.join();
    }
  }
  times.Print();
  return 0;
}

}  // namespace
}  // namespace berth::bench

int main(int argc, char** argv) {
  return berth::bench::Main(argc, argv);
}
