// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/plugin_chain.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/status.h"
#include "runtime/network/cni_result.h"

namespace berth::runtime {
namespace {

absl::StatusOr<Json> ReadResult(const std::string& output, const CniVersion& version) {
  absl::StatusOr<Json> json = ParseJson(output, kMaxPluginOutput);
  absl::StatusOr<Json> result =
      json.ok() ? ConvertCniResult(*json, version) : absl::StatusOr<Json>(json.status());
  if (!result.ok()) {  // the plugin is wrong, not the pod's request
    return absl::InternalError(absl::StrCat("result: ", result.status().message()));
  }
  return result;
}

}  // namespace

absl::Status PluginChain::Failure(const absl::Status& status, const PluginConfig& plugin) const {
  return Annotate(status, absl::StrCat("network ", network_.name, ": plugin ", plugin.type));
}

absl::StatusOr<std::string> PluginChain::Run(const Call& call, absl::string_view command,
                                             const PluginConfig& plugin,
                                             const Attachment* attachment,
                                             const PluginContext& context) const {
  PluginTarget target;
  if (attachment != nullptr) {
    target = {attachment->pod_id, attachment->namespace_path, attachment->interface,
              FormatArguments(attachment->arguments)};
  }
  absl::StatusOr<std::string> output =
      RunPlugin(call, command, plugin, attachment != nullptr ? &target : nullptr, plugin_dirs_,
                FormatPluginInput(network_, plugin, context));
  return output.ok() ? std::move(output) : Failure(output.status(), plugin);
}

absl::Status PluginChain::Add(const Call& call, Attachment& attachment,
                              const std::function<absl::Status()>& save) const {
  for (const PluginConfig& plugin : network_.plugins) {
    PluginContext context;
    context.capability_arguments = &attachment.capability_arguments;
    context.previous_result = attachment.result.has_value() ? &*attachment.result : nullptr;
    ASSIGN_OR_RETURN(std::string output, Run(call, "ADD", plugin, &attachment, context));
    absl::StatusOr<Json> result = ReadResult(output, network_.version);
    if (!result.ok()) {
      return Failure(result.status(), plugin);
    }
    attachment.result = *std::move(result);
    RETURN_IF_ERROR(save());
  }
  return absl::OkStatus();
}

absl::Status PluginChain::Delete(const Call& call, const Attachment& attachment) const {
  PluginContext context;
  context.capability_arguments = &attachment.capability_arguments;
  std::optional<Json> result;
  if (attachment.result.has_value() && network_.version >= kCni040) {
    // One that cannot be converted is left out: DEL has to work without it.
    absl::StatusOr<Json> converted = ConvertCniResult(*attachment.result, network_.version);
    if (converted.ok()) {
      result = *std::move(converted);
      context.previous_result = &*result;
    }
  }
  absl::Status first;
  int left = static_cast<int>(network_.plugins.size());
  for (auto plugin = network_.plugins.rbegin(); plugin != network_.plugins.rend(); ++plugin) {
    const Call share = call.Within(call.remaining() / left--);
    first.Update(Run(share, "DEL", *plugin, &attachment, context).status());
  }
  return first;
}

absl::Status PluginChain::Check(const Call& call, const Attachment& attachment) const {
  if (network_.disable_check) {
    return absl::OkStatus();
  }
  if (network_.version < kCni040) {
    return absl::UnimplementedError(
        absl::StrCat("network ", network_.name, ": CNI ", network_.version.str(), " has no CHECK"));
  }
  if (!attachment.result.has_value()) {
    return absl::FailedPreconditionError(
        absl::StrCat("network ", network_.name, ": no result of ADD to check against"));
  }
  ASSIGN_OR_RETURN(Json result, ConvertCniResult(*attachment.result, network_.version));
  PluginContext context;
  context.capability_arguments = &attachment.capability_arguments;
  context.previous_result = &result;
  for (const PluginConfig& plugin : network_.plugins) {
    RETURN_IF_ERROR(Run(call, "CHECK", plugin, &attachment, context).status());
  }
  return absl::OkStatus();
}

absl::Status PluginChain::CollectGarbage(const Call& call, const Json& valid) const {
  if (network_.disable_gc || network_.version < kCni110) {
    return absl::OkStatus();
  }
  PluginContext context;
  context.valid_attachments = &valid;
  absl::Status first;
  int left = static_cast<int>(network_.plugins.size());
  for (const PluginConfig& plugin : network_.plugins) {
    const Call share = call.Within(call.remaining() / left--);
    first.Update(Run(share, "GC", plugin, nullptr, context).status());
  }
  return first;
}

absl::Status PluginChain::FindPrograms() const {
  absl::Status status;
  for (const PluginConfig& plugin : network_.plugins) {
    status.Update(Failure(FindPlugin(plugin.type, plugin_dirs_).status(), plugin));
  }
  return status;
}

absl::Status PluginChain::Status(const Call& call) const {
  RETURN_IF_ERROR(FindPrograms());
  absl::Status status;
  for (const PluginConfig& plugin : network_.plugins) {
    if (status.ok() && network_.version >= kCni110) {
      status = Run(call, "STATUS", plugin, nullptr, PluginContext()).status();
    }
  }
  return status;
}

}  // namespace berth::runtime
