// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace berth::runtime {

// LaunchPlan::log_path is <log directory>//<file>. On the way to the directory links are the host's
// and are followed; beneath it, where others than root may write, none is.
inline constexpr char kBeneathLogDirectory[] = "//";

}  // namespace berth::runtime
