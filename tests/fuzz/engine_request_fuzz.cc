// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

#include "base/path.h"
#include "cri/engine_api/engine_request.h"
#include "cri/engine_api/filters.h"
#include "cri/engine_api/images/registry_auth.h"
#include "tests/fuzz/require.h"

// What a client of Docker's says before its body: the target, filters, credentials.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth::cri;  // NOLINT(google-build-using-namespace) the entry point is C's
  constexpr absl::string_view kKnown[] = {"label", "dangling"};
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  EngineRequest request;
  if (ParseTarget(text, request).ok()) {
    berth::Require(request.version >= kOldestApi && request.version <= kNewestApi);
    berth::Require(!berth::HasNul(request.path));
  }
  const absl::StatusOr<Filters> filters = Filters::Parse(text, kKnown);
  if (filters.ok()) {
    berth::Require(!filters->Has("colour"));
    (void)filters->TakesLabels({{"a", "b"}});
    (void)filters->Bool("dangling", false).ok();
  }
  (void)ReadRegistryAuth(text).username.empty();
  return 0;
}
