// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"

#include "runtime/cdi/injection.h"
#include "runtime/cdi/spec.h"
#include "tests/unit/runtime/spec/fake_host_files.h"

// Specifications are files that a vendor's tools have written.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth;  // NOLINT(google-build-using-namespace) the entry point is C's
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  for (const cdi::SpecFormat format : {cdi::SpecFormat::kYaml, cdi::SpecFormat::kJson}) {
    absl::StatusOr<cdi::Spec> parsed = cdi::ParseSpec(text, format);
    if (!parsed.ok()) {
      continue;
    }
    const auto spec = std::make_shared<const cdi::Spec>(*std::move(parsed));
    std::vector<cdi::FoundDevice> devices;
    for (const cdi::Device& device : spec->devices) {
      devices.push_back({spec, &device});
    }
    berth::runtime::FakeHostFiles host;
    host.devices["/dev/null"] = {{"/dev/null", false, 1, 3}};
    cdi::v1::ContainerConfig config;
    berth::runtime::ContainerExtras extras;
    if (!cdi::Inject(devices, host, config, extras).ok()) {
      continue;
    }
    for (const berth::runtime::ExtraDevice& device : extras.devices) {
      if (device.node.path.empty() || device.node.path[0] != '/') {
        abort();
      }
    }
  }
  return 0;
}
