// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "absl/strings/string_view.h"

#include "base/log.h"
#include "base/sys/fd.h"
#include "base/version.h"
#include "cri/config.h"
#include "cri/daemon.h"
#include "cri/notify.h"

namespace berth::cri {
namespace {

constexpr char kDefaultConfig[] = "/etc/berth/berth.toml";
constexpr int kExitUsage = 2;

constexpr char kUsage[] =
    "usage: berthd [--config FILE] [--check-config] [--version] [config default|config dump]\n"
    "\n"
    "  --config FILE    read FILE instead of /etc/berth/berth.toml\n"
    "  --check-config   say whether the configuration is right, and exit\n"
    "  config default   print every key with its default and what it means\n"
    "  config dump      print the values in force and where each comes from\n";

struct Arguments {
  std::string config = kDefaultConfig;
  bool config_named = false;
  bool check = false;
  std::string verb;  // of `config`
};

// False: the usage has been printed.
bool ParseArguments(int argc, char** argv, Arguments& arguments) {
  constexpr option kOptions[] = {{"config", required_argument, nullptr, 'c'},
                                 {"check-config", no_argument, nullptr, 'k'},
                                 {"version", no_argument, nullptr, 'v'},
                                 {"help", no_argument, nullptr, 'h'},
                                 {nullptr, 0, nullptr, 0}};
  int choice = 0;
  // NOLINTNEXTLINE(concurrency-mt-unsafe) no other thread exists yet
  while ((choice = getopt_long(argc, argv, "c:vh", kOptions, nullptr)) != -1) {
    switch (choice) {
      case 'c':
        arguments.config = optarg;
        arguments.config_named = true;
        break;
      case 'k':
        arguments.check = true;
        break;
      case 'v':
        arguments.verb = "version";
        break;
      case 'h':
        arguments.verb = "help";
        break;
      default:
        return false;
    }
  }
  if (optind == argc) {
    return true;
  }
  if (optind + 2 != argc || absl::string_view(argv[optind]) != "config") {
    return false;
  }
  arguments.verb = argv[optind + 1];
  return arguments.verb == "default" || arguments.verb == "dump";
}

void Print(absl::string_view text) {
  fwrite(text.data(), 1, text.size(), stdout);
}

// While there is one thread: growing the table later stalls all of them for an RCU grace period.
void GrowDescriptorTable() {
  constexpr int kDescriptors = 4096;
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  sys::Fd highest(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, kDescriptors - 1));
}

void PrepareProcess() {
  GrowDescriptorTable();
  mallopt(M_ARENA_MAX, 2);  // an arena a thread would hold memory that nobody uses again
  signal(SIGPIPE, SIG_IGN);
  // Blocked here and so in every thread made later; the main thread waits for them.
  sigset_t signals;
  sigemptyset(&signals);
  for (int number : {SIGTERM, SIGINT, SIGHUP}) {
    sigaddset(&signals, number);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void ApplyLogging(const Config& config) {
  if (std::optional<LogLevel> level = ParseLogLevel(config.log_level); level.has_value()) {
    SetLogLevel(*level);
  }
  SetLogFormat(config.log_format == "json" ? LogFormat::kJson : LogFormat::kText);
}

void Reload(const Arguments& arguments) {
  absl::StatusOr<Config> config = LoadConfig(arguments.config, arguments.config_named);
  if (!config.ok()) {
    LogError("the configuration stays as it was", {{"error", config.status().message()}});
    return;
  }
  ApplyLogging(*config);
  LogInfo("log settings read anew; other keys take effect at the next start");
}

// Meanwhile memory that was freed below an arena's top goes back to the system, which the allocator
// does not do by itself: 13 of 19 MB after 200 port-forwards at once, in 1.3 ms.
void WaitForEnd(const Arguments& arguments) {
  constexpr timespec kTrimPeriod = {.tv_sec = 60, .tv_nsec = 0};
  sigset_t signals;
  sigemptyset(&signals);
  for (int number : {SIGTERM, SIGINT, SIGHUP}) {
    sigaddset(&signals, number);
  }
  while (true) {
    const int number = sigtimedwait(&signals, nullptr, &kTrimPeriod);
    if (number == SIGHUP) {
      Reload(arguments);
    } else if (number > 0) {
      return;
    } else if (errno == EAGAIN) {
      malloc_trim(0);
    }
  }
}

int Run(const Arguments& arguments, const Config& config) {
  ApplyLogging(config);
  PrepareProcess();
  LogInfo("berthd starts", {{"version", kVersion}, {"root", config.root}, {"state", config.state}});
  absl::StatusOr<std::unique_ptr<Daemon>> daemon = Daemon::Start(config);
  if (!daemon.ok()) {
    LogError("berthd cannot start", {{"error", daemon.status().message()}});
    return 1;
  }
  LogInfo("berthd serves", {{"address", config.address}});
  NotifyServiceManager("READY=1");
  WaitForEnd(arguments);
  LogInfo("berthd stops; pods go on");
  NotifyServiceManager("STOPPING=1");
  daemon->reset();
  return 0;
}

int Main(int argc, char** argv) {
  Arguments arguments;
  if (!ParseArguments(argc, argv, arguments)) {
    fputs(kUsage, stderr);
    return kExitUsage;
  }
  if (arguments.verb == "help") {
    Print(kUsage);
    return 0;
  }
  if (arguments.verb == "version") {
    Print(std::string("berthd ") + kVersion + "\n");
    return 0;
  }
  if (arguments.verb == "default") {
    Print(DefaultConfigText());
    return 0;
  }
  absl::StatusOr<Config> config = LoadConfig(arguments.config, arguments.config_named);
  if (!config.ok()) {
    fprintf(stderr, "berthd: %s\n", std::string(config.status().message()).c_str());
    return 1;
  }
  if (arguments.verb == "dump") {
    Print(DumpConfig(*config));
    return 0;
  }
  if (arguments.check) {
    return 0;
  }
  if (geteuid() != 0) {
    fputs("berthd: must be run as root\n", stderr);
    return 1;
  }
  return Run(arguments, *config);
}

}  // namespace
}  // namespace berth::cri

int main(int argc, char** argv) {
  return berth::cri::Main(argc, argv);
}
