// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/images.h"
#include "cri/cli/output.h"
#include "imageservice/image/reference.h"

namespace berth::cli {
namespace {

struct RmiOptions {
  std::vector<std::string> names;
  bool force = false;
};

absl::Status CheckUnused(const Client& client, const v1::Image& image, const std::string& name) {
  ASSIGN_OR_RETURN(const Inventory inventory, client.List());
  for (const v1::Container& container : inventory.containers) {
    if (container.image_id() == image.id()) {
      return absl::FailedPreconditionError(
          absl::StrCat("image ", name, " is used by container ",
                       ContainerName(container, inventory.FindPod(container.pod_sandbox_id())),
                       ": remove that first, or use rmi -f (its files stay until it goes)"));
    }
  }
  return absl::OkStatus();
}

absl::Status RemoveImage(const Client& client, const std::string& name, bool force) {
  ASSIGN_OR_RETURN(const v1::ImageStatusResponse found, FindImage(client, name));
  if (!force) {
    RETURN_IF_ERROR(CheckUnused(client, found.image(), name));
  }
  v1::RemoveImageRequest request;
  request.mutable_image()->set_image(found.image().id());
  RETURN_IF_ERROR(
      client.Call(&Client::Images::RemoveImage, request, absl::StrCat("removing ", name)).status());
  for (const std::string& tag : found.image().repo_tags()) {
    Print(absl::StrCat("Untagged: ", imageservice::FamiliarName(tag), "\n"));
  }
  for (const std::string& digest : found.image().repo_digests()) {
    Print(absl::StrCat("Untagged: ", imageservice::FamiliarName(digest), "\n"));
  }
  Print(absl::StrCat("Deleted: ", found.image().id(), "\n"));
  return absl::OkStatus();
}

absl::StatusOr<int> RunRmi(const Session& session, const RmiOptions& options) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  int code = 0;
  for (const std::string& name : options.names) {
    const absl::Status status = RemoveImage(client, name, options.force);
    if (!status.ok()) {
      PrintError(status);
      code = kExitFailure;
    }
  }
  return code;
}

}  // namespace

void AddRmi(CLI::App& root, Chosen& chosen) {
  CLI::App& verb = *root.add_subcommand("rmi", "Remove images, each under all its names");
  auto options = std::make_shared<RmiOptions>();
  verb.add_option("IMAGE", options->names, "names, digests or ids")->required()->type_name("");
  verb.add_flag("-f,--force", options->force, "also images of containers");
  verb.callback([&chosen, options] {
    chosen.run = [options](const Session& session) { return RunRmi(session, *options); };
  });
}

}  // namespace berth::cli
