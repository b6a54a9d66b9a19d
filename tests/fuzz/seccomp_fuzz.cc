// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"

#include "runtime/spec/seccomp_library.h"
#include "runtime/spec/seccomp_prefix.h"
#include "runtime/spec/seccomp_profile.h"
#include "runtime/spec/seccomp_program.h"

// Profiles come from files of the node that whoever may write there has made.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth::runtime;  // NOLINT(google-build-using-namespace) the entry point is C's
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<SeccompProfile> profile = ParseSeccompProfile(text);
  if (!profile.ok()) {
    return 0;
  }
  for (const uint64_t capabilities : {uint64_t{0}, ~uint64_t{0}}) {
    const absl::StatusOr<std::string> program =
        CompileSeccompProgram(*profile, HostFacts(), capabilities);
    if (program.ok() && (program->empty() || program->size() % sizeof(FilterInstruction) != 0 ||
                         program->size() > kMaxFilterInstructions * sizeof(FilterInstruction))) {
      abort();
    }
  }
  return 0;
}
