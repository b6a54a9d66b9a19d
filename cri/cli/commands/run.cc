// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"

#include "base/file.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/process.h"
#include "cri/cli/attach.h"
#include "cri/cli/commands.h"
#include "cri/cli/container_output.h"
#include "cri/cli/images.h"
#include "cri/cli/launch.h"
#include "cri/cli/option_syntax.h"
#include "cri/cli/output.h"
#include "cri/cli/teardown.h"

namespace berth::cli {
namespace {

constexpr size_t kMaxEnvironmentFile = 1 << 20;

// Written to by the signal handler, which may run in any thread.
int interrupt_event = -1;

void NoteInterrupt(int) {
  const int error = errno;
  const uint64_t one = 1;
  if (write(interrupt_event, &one, sizeof(one)) < 0) {
    // The counter is full: it is readable, which is all that counts.
  }
  errno = error;
}

// The reader of our output has gone: once is enough, each further write would tell it again.
void NoteBrokenPipe(int number) {
  signal(SIGPIPE, SIG_IGN);
  NoteInterrupt(number);
}

// Interrupts, a closed terminal and a reader that has gone end the container, not this program: the
// first as `berth stop` does, a further one kills.
class Interrupts {
 public:
  Interrupts() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    interrupt_event = event_.get();
    struct sigaction action = {};
    action.sa_handler = NoteInterrupt;
    action.sa_flags = SA_RESTART;
    for (int number : {SIGINT, SIGTERM}) {
      sigaction(number, &action, nullptr);
    }
    struct sigaction before = {};
    sigaction(SIGHUP, nullptr, &before);
    if (before.sa_handler != SIG_IGN) {  // else nohup wants it so
      sigaction(SIGHUP, &action, nullptr);
    }
    action.sa_handler = NoteBrokenPipe;
    sigaction(SIGPIPE, &action, nullptr);
  }
  ~Interrupts() {
    for (std::thread& stopper : stoppers_) {
      stopper.join();
    }
  }
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  Interrupts(Interrupts&&) = delete;
  Interrupts& operator=(Interrupts&&) = delete;

  SignalSource StopOnSignal(const Client& client, const Target& target) {
    return {event_.get(), [this, &client, &target] {
              const absl::Duration grace = stoppers_.empty() ? kDefaultGrace : absl::ZeroDuration();
              stoppers_.emplace_back([&client, &target, grace] { Stop(client, target, grace); });
            }};
  }

 private:
  static void Stop(const Client& client, const Target& target, absl::Duration grace) {
    const absl::StatusOr<Inventory> inventory = client.List();
    const absl::Status status =
        inventory.ok() ? StopTarget(client, *inventory, target, grace) : inventory.status();
    if (!status.ok()) {
      PrintError(status);
    }
  }

  sys::Fd event_;
  std::vector<std::thread> stoppers_;
};

// Leaves a process of its own behind that removes the container when it has ended: CRI has no such
// request.
absl::Status RemoveWhenExited(const Session& session, const Target& container) {
  ASSIGN_OR_RETURN(const sys::Fd program,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, "/proc/self/exe", O_RDONLY), "open berth"));
  ASSIGN_OR_RETURN(const sys::Fd null,
                   ToStatusOr(sys::OpenAt(AT_FDCWD, "/dev/null", O_RDWR), "open /dev/null"));
  std::vector<std::string> words = {"berth", "--host",        session.address,
                                    "rm",    "--when-exited", container.id};
  std::vector<char*> arguments;
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  const sys::FdMapping descriptors[] = {
      {null.get(), STDIN_FILENO}, {null.get(), STDOUT_FILENO}, {null.get(), STDERR_FILENO}};
  sys::SpawnRequest request;
  request.program = program.get();
  request.arguments = arguments.data();
  request.environment = environ;
  request.descriptors = descriptors;
  ASSIGN_OR_RETURN(sys::Process process,
                   ToStatusOr(sys::SpawnProcess(request), "start what removes it at its end"));
  const sys::Fd left_alone = process.Release();
  return absl::OkStatus();
}

absl::Status Finish(const Client& client, const Target& container, bool remove) {
  ASSIGN_OR_RETURN(const Inventory inventory, client.List());
  return remove ? RemoveTarget(client, inventory, container, /*force=*/true)
                : StopTarget(client, inventory, container, kDefaultGrace);
}

absl::StatusOr<int> Follow(const Client& client, const Target& container, Interrupts& interrupts,
                           bool remove) {
  ASSIGN_OR_RETURN(ContainerOutput output, ContainerOutput::Open(client, container.id));
  ASSIGN_OR_RETURN(const v1::ContainerStatus status,
                   output.FollowToEnd(interrupts.StopOnSignal(client, container)));
  RETURN_IF_ERROR(Finish(client, container, remove));
  if (status.reason() == "OOMKilled") {
    PrintError(absl::ResourceExhaustedError(
        absl::StrCat(container.name, " was killed: it used more memory than --memory allows")));
  }
  return status.exit_code();
}

// Output comes by the log, which has all of it from the first byte.
absl::StatusOr<int> FollowWithInput(const Client& client, const Target& container,
                                    Interrupts& interrupts, bool remove) {
  std::thread feeder([client, container] {
    if (absl::Status status = FeedInput(client, container); !status.ok()) {
      PrintError(status);
    }
  });
  absl::StatusOr<int> exit_code = Follow(client, container, interrupts, remove);
  if (exit_code.ok()) {
    feeder.join();  // the container has ended
  } else {
    feeder.detach();
  }
  return exit_code;
}

// A container that is left by the detach keys goes on.
absl::StatusOr<int> Leave(const Session& session, const Client& client, const Target& container,
                          absl::StatusOr<int> exit_code, bool remove) {
  ASSIGN_OR_RETURN(const v1::ContainerStatusResponse status, client.ContainerStatus(container.id));
  if (status.status().state() == v1::CONTAINER_EXITED) {
    RETURN_IF_ERROR(Finish(client, container, remove));
  } else if (remove) {
    RETURN_IF_ERROR(RemoveWhenExited(session, container));
  }
  return exit_code;
}

int StartFailure(const absl::Status& status) {
  PrintError(status);
  return StartFailureCode(status.message());
}

// On our terminal, which is connected before the start: what the container says first is seen.
absl::StatusOr<int> RunOnTerminal(const Session& session, const Client& client, const RunPlan& plan,
                                  const RunOptions& options) {
  absl::StatusOr<int> exit_code = 0;
  const absl::StatusOr<Target> container =
      Launch(client, plan, [&](const Target& made, const std::function<absl::Status()>& start) {
        bool started = false;
        exit_code = Attach(client, made, {options.interactive, true}, [&] {
          const absl::Status status = start();
          started = status.ok();
          return status;
        });
        return started ? absl::OkStatus() : exit_code.status();
      });
  return container.ok() ? Leave(session, client, *container, exit_code, options.remove)
                        : StartFailure(container.status());
}

// -e comes after all of them, and so counts where both have a variable.
absl::Status ReadEnvironmentFiles(const std::vector<std::string>& paths, RunOptions& options) {
  std::vector<std::string> variables;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxEnvironmentFile));
    const std::vector<std::string> more = ParseEnvironmentFile(text);
    variables.insert(variables.end(), more.begin(), more.end());
  }
  options.environment.insert(options.environment.begin(), variables.begin(), variables.end());
  return absl::OkStatus();
}

absl::StatusOr<int> RunRun(const Session& session, const RunOptions& options) {
  if (options.terminal && !options.detach && isatty(STDIN_FILENO) == 0) {
    return absl::InvalidArgumentError("-t: the input is no terminal");
  }
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const Inventory inventory, client.List());
  ASSIGN_OR_RETURN(RunPlan plan, PlanRun(client, inventory, options));
  ASSIGN_OR_RETURN(const v1::Image image, EnsureImage(client, options.image, options.pull));
  plan.container.mutable_image()->set_image(image.id());
  if (!options.detach && options.terminal) {
    return RunOnTerminal(session, client, plan, options);
  }
  Interrupts interrupts;
  const absl::StatusOr<Target> container = Launch(client, plan);
  if (!container.ok()) {
    return StartFailure(container.status());
  }
  if (!options.detach && options.interactive) {
    return FollowWithInput(client, *container, interrupts, options.remove);
  }
  if (!options.detach) {
    return Follow(client, *container, interrupts, options.remove);
  }
  if (options.remove) {
    RETURN_IF_ERROR(RemoveWhenExited(session, *container));
  }
  Print(absl::StrCat(container->id, "\n"));
  return 0;
}

void AddProcessOptions(Verb& verb, RunOptions& options,
                       std::vector<std::string>& environment_files) {
  verb.Add("-e,--env", options.environment, "a variable; NAME alone passes yours on",
           {.type = "NAME[=VALUE]"});
  verb.Add("--env-file", environment_files, "a file with a variable in each line",
           {.type = "FILE"});
  verb.Add("-w,--workdir", options.working_directory, "the command's directory", {.type = "PATH"});
  verb.Add("-u,--user", options.user, "by name or number, also with a group",
           {.type = "USER[:GROUP]"});
  verb.Add("--entrypoint", options.entrypoint, "instead of the image's", {.type = "PROGRAM"});
  verb.AddFlag("--privileged", options.privileged, "all capabilities and devices, no seccomp");
  verb.AddFlag("--read-only", options.read_only, "the image's files cannot be changed");
  verb.Add("--cap-add", options.add_capabilities, "NET_ADMIN for example, or ALL",
           {.type = "CAPABILITY"});
  verb.Add("--cap-drop", options.drop_capabilities, "one of the default ones, or ALL",
           {.type = "CAPABILITY"});
}

void AddPlaceOptions(Verb& verb, RunOptions& options) {
  verb.Add("--name", options.name, "of the pod and its container; else one is chosen",
           {.type = "NAME"});
  verb.Add("--pod", options.pod, "run in this pod, beside what is there", {.type = "POD"});
  verb.Add("-p,--publish", options.ports, "a port of the host that leads to one inside",
           {.type = "[IP:]HOST[-HOST]:INSIDE[-INSIDE][/udp]"});
  verb.Add("-v,--volume", options.volumes, "a path of the host that is seen inside",
           {.type = "HOST:INSIDE[:ro]"});
  verb.Add("--network", options.network, "the pod's own, or the host's",
           {.type = "default|host", .shows_default = true});
  verb.Add("--dns", options.dns_servers, "a name server instead of the node's", {.type = "IP"});
  verb.Add("--dns-search", options.dns_searches, "a domain in which names are looked for",
           {.type = "DOMAIN"});
  verb.Add("-h,--hostname", options.hostname, "else the name", {.type = "NAME"});
  verb.Add("-m,--memory", options.memory, "at most so much, for example 512m", {.type = "SIZE"});
  verb.Add("--cpus", options.cpus, "at most so many, for example 1.5", {.type = "NUMBER"});
  verb.Add("-l,--label", options.labels, "of the pod and its container", {.type = "KEY=VALUE"});
}

}  // namespace

void DefineRun(Verb& verb) {
  verb.set_description("Run a container in a pod of its own");
  auto options = std::make_shared<RunOptions>();
  const auto words = std::make_shared<std::vector<std::string>>();
  verb.TakeWords(*words, "IMAGE [COMMAND [ARG...]]", {"IMAGE"});
  verb.AddFlag("-d,--detach", options->detach, "print the id and leave it running");
  verb.AddFlag("-i,--interactive", options->interactive, "it has an input: ours, without -d");
  verb.AddFlag("-t,--tty", options->terminal, "it has a terminal: ours, without -d");
  verb.AddFlag("--rm", options->remove, "remove it when it has ended");
  verb.Add("--pull", options->pull, "when to pull the image",
           {.shows_default = true, .one_of = {"always", "missing", "never"}});
  AddPlaceOptions(verb, *options);
  const auto environment_files = std::make_shared<std::vector<std::string>>();
  AddProcessOptions(verb, *options, *environment_files);
  verb.set_failure_code(kExitOwnFailure);
  verb.set_action(
      [options, environment_files, words](const Session& session) -> absl::StatusOr<int> {
        options->image = words->front();
        options->command.assign(words->begin() + 1, words->end());
        RETURN_IF_ERROR(ReadEnvironmentFiles(*environment_files, *options));
        return RunRun(session, *options);
      });
}

}  // namespace berth::cli
