// SPDX-License-Identifier: Apache-2.0
//
// How long `true` takes in a running container: by ExecSync, and by Exec with the streams of its
// URL; beside the same program started and awaited here.
//
//   exec_latency ENDPOINT CONTAINER COUNT
#include <spawn.h>
#include <sys/wait.h>

#include <string>

#include "cri/cli/conversation.h"
#include "tests/bench/cri_client.h"

namespace berth::bench {
namespace {

using Stub = v1::RuntimeService::Stub;

void Check(bool good, const char* what) {
  if (!good) {
    fprintf(stderr, "%s failed\n", what);
    exit(1);
  }
}

void StartHere() {
  pid_t pid = 0;
  char program[] = "busybox";
  char applet[] = "true";
  char* arguments[] = {program, applet, nullptr};
  int status = -1;
  Check(posix_spawn(&pid, "/bin/busybox", nullptr, nullptr, arguments, environ) == 0 &&
            waitpid(pid, &status, 0) == pid && status == 0,
        "posix_spawn");
}

void ExecSync(CriClient& client, const std::string& container) {
  v1::ExecSyncRequest request;
  request.set_container_id(container);
  request.add_cmd("true");
  Check(client.Call(&Stub::ExecSync, request).exit_code() == 0, "ExecSync");
}

void ExecWithStreams(CriClient& client, const std::string& container) {
  v1::ExecRequest request;
  request.set_container_id(container);
  request.add_cmd("true");
  request.set_stdout(true);
  request.set_stderr(true);
  const std::string url = client.Call(&Stub::Exec, request).url();
  const absl::StatusOr<cli::ConversationEnd> end = cli::Converse(url, {});
  Check(end.ok() && end->exit_code == 0, "Exec");
}

int Main(int argc, char** argv) {
  constexpr int kArguments = 4;
  if (argc != kArguments) {
    fprintf(stderr, "usage: exec_latency ENDPOINT CONTAINER COUNT\n");
    return 2;
  }
  CriClient client(argv[1]);
  const std::string container = argv[2];
  Times times;
  for (int i = atoi(argv[3]); i > 0; --i) {
    Stopwatch watch;
    StartHere();
    times.Add("floor: posix_spawn", watch.Lap());
    ExecSync(client, container);
    times.Add("ExecSync", watch.Lap());
    ExecWithStreams(client, container);
    times.Add("Exec with streams", watch.Lap());
  }
  times.Print();
  return 0;
}

}  // namespace
}  // namespace berth::bench

int main(int argc, char** argv) {
  return berth::bench::Main(argc, argv);
}
