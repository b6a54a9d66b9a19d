// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cri/cli/verb.h"

namespace berth::cli {

// berth(1) in troff's man macros: all that --help says of each verb. Pure.
std::string ManualPage(const Verb& program);

}  // namespace berth::cli
