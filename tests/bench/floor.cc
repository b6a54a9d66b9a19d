// SPDX-License-Identifier: Apache-2.0
//
// The floor under a container's start: the bare system calls, with no daemon, RPC, log or record.
// Each row is the time from "asked" to "the child's program has run". Printed as `name p50_us
// p99_us`.
//
//   floor ITERATIONS GAP_MS
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr unsigned kNamespaces = 1;
constexpr unsigned kRootfs = 2;
constexpr unsigned kCgroups = 4;
constexpr unsigned kNetwork = 8;

struct Row {
  const char* name;
  unsigned parts;
};
constexpr Row kRows[] = {
    {"exec", 0},
    {"namespaces", kNamespaces},
    {"rootfs", kNamespaces | kRootfs},
    {"cgroups", kNamespaces | kRootfs | kCgroups},
    {"netns", kNamespaces | kRootfs | kCgroups | kNetwork},
};
constexpr const char* kControllers[] = {"memory", "pids",    "cpu",    "cpuacct",
                                        "blkio",  "devices", "freezer"};

std::string g_base;

[[noreturn]] void Die(const char* what) {
  perror(what);
  _exit(90);
}

void Check(long result, const char* what) {
  if (result < 0) {
    Die(what);
  }
}

std::string CgroupPath(const char* controller, int i) {
  return std::string("/sys/fs/cgroup/") + controller + "/berth-floor-" + std::to_string(i);
}

void WriteFile(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  Check(fd, path.c_str());
  Check(write(fd, text.data(), text.size()), path.c_str());
  close(fd);
}

std::string Numbered(const char* name, int i) {
  return g_base + "/" + name + std::to_string(i);
}

void EnterRootfs(int i) {
  Check(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "private");
  const std::string options =
      "lowerdir=" + g_base + "/lower,upperdir=" + Numbered("u", i) + ",workdir=" + Numbered("w", i);
  const std::string root = Numbered("m", i);
  Check(mount("overlay", root.c_str(), "overlay", 0, options.c_str()), "overlay");
  Check(chdir(root.c_str()), "chdir");
  constexpr unsigned long kSafe = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  Check(mount("proc", "proc", "proc", kSafe, nullptr), "proc");
  Check(mount("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755,size=64k"), "dev");
  Check(mount("sysfs", "sys", "sysfs", kSafe | MS_RDONLY, nullptr), "sysfs");
  Check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
  Check(umount2(".", MNT_DETACH), "umount");
  Check(chdir("/"), "chdir");
}

[[noreturn]] void Child(unsigned parts, int i, int gate) {
  char byte = 0;
  Check(read(gate, &byte, 1), "gate");
  const bool inside = (parts & kRootfs) != 0;
  if (inside) {
    EnterRootfs(i);
  }
  const std::string program = inside ? "/true" : g_base + "/lower/true";
  char self[] = "true";
  char argument[] = "child";
  char* arguments[] = {self, argument, nullptr};
  execv(program.c_str(), arguments);
  Die("exec");
}

pid_t Clone(unsigned parts, int i, int gate) {
  clone_args arguments = {};
  arguments.exit_signal = SIGCHLD;
  if ((parts & kNamespaces) != 0) {
    arguments.flags |= CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC;
  }
  if ((parts & kNetwork) != 0) {
    arguments.flags |= CLONE_NEWNET;
  }
  const long pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
  Check(pid, "clone3");
  if (pid == 0) {
    Child(parts, i, gate);
  }
  return static_cast<pid_t>(pid);
}

void MakeDirectories(int i) {
  for (const char* name : {"u", "w", "m"}) {
    fs::create_directory(Numbered(name, i));
  }
}

double Once(unsigned parts, int i) {
  int gate[2];
  Check(pipe2(gate, O_CLOEXEC), "pipe");
  MakeDirectories(i);
  const auto start = std::chrono::steady_clock::now();
  if ((parts & kCgroups) != 0) {
    for (const char* controller : kControllers) {
      Check(mkdir(CgroupPath(controller, i).c_str(), 0755), "cgroup");
    }
  }
  const pid_t pid = Clone(parts, i, gate[0]);
  if ((parts & kCgroups) != 0) {
    for (const char* controller : kControllers) {
      WriteFile(CgroupPath(controller, i) + "/cgroup.procs", std::to_string(pid));
    }
  }
  Check(write(gate[1], "x", 1), "gate");
  int status = 0;
  Check(waitpid(pid, &status, 0), "wait");
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
  close(gate[0]);
  close(gate[1]);
  if ((parts & kCgroups) != 0) {
    for (const char* controller : kControllers) {
      while (rmdir(CgroupPath(controller, i).c_str()) != 0 && errno == EBUSY) {
        std::this_thread::yield();
      }
    }
  }
  return took.count();
}

void Prepare() {
  char name[] = "/tmp/berth-floor-XXXXXX";
  if (mkdtemp(name) == nullptr) {
    Die("mkdtemp");
  }
  g_base = name;
  for (const char* directory : {"/lower/proc", "/lower/sys", "/lower/dev"}) {
    fs::create_directories(g_base + directory);
  }
  fs::copy_file("/proc/self/exe", g_base + "/lower/true");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "child") == 0) {
    return 0;
  }
  const int iterations = argc > 1 ? atoi(argv[1]) : 100;
  const auto gap = std::chrono::milliseconds(argc > 2 ? atoi(argv[2]) : 0);
  Prepare();
  for (const Row& row : kRows) {
    std::vector<double> times;
    for (int i = 0; i < iterations; ++i) {
      std::this_thread::sleep_for(gap);
      times.push_back(Once(row.parts, i));
    }
    std::sort(times.begin(), times.end());
    printf("%s %.0f %.0f\n", row.name, times[times.size() / 2], times[times.size() * 99 / 100]);
  }
  fs::remove_all(g_base);
  return 0;
}
