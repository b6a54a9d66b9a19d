// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace berth::cri {

// "name", "name:tag" or "name@digest" of the two parameters that Docker's clients send. Pure.
std::string JoinTag(const std::string& name, const std::string& tag);

}  // namespace berth::cri
