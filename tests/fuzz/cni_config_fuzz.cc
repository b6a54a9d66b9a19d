// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

#include "base/json.h"
#include "runtime/network/attachment_cache.h"
#include "runtime/network/bandwidth.h"
#include "runtime/network/cni_config.h"
#include "runtime/network/cni_plugin.h"
#include "runtime/network/cni_result.h"
#include "tests/fuzz/require.h"

// Everything of CNI that reads text: configurations, results, errors, our cache. What is accepted
// must read the same when it has been written and read again.
namespace berth::runtime {
namespace {

void TryConfig(absl::string_view text) {
  absl::StatusOr<NetworkConfig> network = ParseNetworkConfig(text);
  if (!network.ok() || network->plugins.empty()) {
    return;
  }
  const std::string written = FormatNetworkConfig(*network);
  absl::StatusOr<NetworkConfig> again = ParseNetworkConfig(written);
  Require(again.ok() && FormatNetworkConfig(*again) == written);
  for (const PluginConfig& plugin : network->plugins) {
    FormatPluginInput(*network, plugin, PluginContext());
  }
}

void TryResult(absl::string_view text) {
  absl::StatusOr<Json> json = ParseJson(text, kMaxPluginOutput);
  if (!json.ok()) {
    return;
  }
  for (const CniVersion& version : {CniVersion{0, 2, 0}, CniVersion{0, 3, 1}, kCni100, kCni110}) {
    absl::StatusOr<CniResult> result = ParseCniResult(*json, version);
    if (!result.ok()) {
      continue;
    }
    AddressesOf(*result, "eth0");
    absl::StatusOr<Json> written = FormatCniResult(*result, kCni110);
    Require(written.ok() && ParseCniResult(*written, kCni110).ok());
    (void)FormatCniResult(*result, version).ok();
  }
}

void TryCache(absl::string_view text) {
  absl::StatusOr<Attachment> attachment = ParseCachedAttachment(text);
  if (attachment.ok()) {
    const std::string written = FormatCachedAttachment(*attachment);
    absl::StatusOr<Attachment> again = ParseCachedAttachment(written);
    Require(again.ok() && FormatCachedAttachment(*again) == written);
  }
}

}  // namespace
}  // namespace berth::runtime

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth::runtime;  // NOLINT(google-build-using-namespace) the entry point is C's
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  TryConfig(text);
  TryResult(text);
  TryCache(text);
  PluginOutcome({1, std::string(text), ""}).IgnoreError();
  (void)ParseBandwidth(text).ok();
  return 0;
}
