// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "proto/runtime/v1/api.pb.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

// Linux's number of a CRI signal, whose numbering is its own. SIGNAL_RUNTIME_DEFAULT and unknown
// values are SIGTERM.
int SignalNumber(v1::Signal signal);

// The reverse; aliases come out under their usual name. SIGNAL_RUNTIME_DEFAULT when the CRI has no
// name for it (32, 33).
v1::Signal SignalFromNumber(int number);

// The signal that asks a container to stop: the request's, else the image's, else SIGTERM. An
// image's that is no signal counts as none.
v1::Signal EffectiveStopSignal(v1::Signal requested, absl::string_view image_signal);

}  // namespace berth::runtime
