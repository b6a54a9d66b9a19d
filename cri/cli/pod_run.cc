// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/pod_run.h"

#include <functional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/attach.h"
#include "cri/cli/commands.h"
#include "cri/cli/container_output.h"
#include "cri/cli/id_file.h"
#include "cri/cli/image_pull.h"
#include "cri/cli/interrupts.h"
#include "cri/cli/launch.h"
#include "cri/cli/output.h"
#include "cri/cli/teardown.h"

namespace berth::cli {
namespace {

absl::Status Stop(const Client& client, const Target& target, absl::Duration grace) {
  ASSIGN_OR_RETURN(const Inventory inventory, client.List());
  return StopTarget(client, inventory, target, grace);
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
                   output.FollowToEnd(interrupts.StopOnSignal(
                       [&](absl::Duration grace) { return Stop(client, container, grace); })));
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
    RETURN_IF_ERROR(RemoveWhenExited(session.address, container.id));
  }
  return exit_code;
}

// On our terminal, which is connected before the start: what the container says first is seen.
absl::StatusOr<int> RunOnTerminal(const Session& session, const Client& client, const RunPlan& plan,
                                  const RunOptions& options, IdFile& id_file) {
  absl::StatusOr<int> exit_code = 0;
  const absl::StatusOr<Target> container =
      Launch(client, plan, [&](const Target& made, const std::function<absl::Status()>& start) {
        RETURN_IF_ERROR(id_file.Write(made.id));
        bool started = false;
        exit_code = Attach(client, made, {options.interactive, true, options.detach_keys}, [&] {
          const absl::Status status = start();
          started = status.ok();
          return status;
        });
        return started ? absl::OkStatus() : exit_code.status();
      });
  if (!container.ok()) {
    return TellStartFailure(container.status());
  }
  id_file.Keep();
  return Leave(session, client, *container, exit_code, options.remove);
}

}  // namespace

absl::StatusOr<int> RunInPod(const Session& session, const RunOptions& options) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const Inventory inventory, client.List());
  ASSIGN_OR_RETURN(RunPlan plan, PlanRun(client, inventory, options));
  ASSIGN_OR_RETURN(IdFile id_file, IdFile::Make(options.id_file));
  ASSIGN_OR_RETURN(const v1::Image image,
                   EnsureImage(session, client, options.image, options.pull));
  plan.container.mutable_image()->set_image(image.id());
  if (!options.detach && options.terminal) {
    return RunOnTerminal(session, client, plan, options, id_file);
  }
  Interrupts interrupts;
  const absl::StatusOr<Target> container =
      Launch(client, plan, [&](const Target& made, const std::function<absl::Status()>& start) {
        RETURN_IF_ERROR(id_file.Write(made.id));
        return start();
      });
  if (!container.ok()) {
    return TellStartFailure(container.status());
  }
  id_file.Keep();
  if (!options.detach && options.interactive) {
    return FollowWithInput(client, *container, interrupts, options.remove);
  }
  if (!options.detach) {
    return Follow(client, *container, interrupts, options.remove);
  }
  if (options.remove) {
    RETURN_IF_ERROR(RemoveWhenExited(session.address, container->id));
  }
  Print(absl::StrCat(container->id, "\n"));
  return 0;
}

}  // namespace berth::cli
