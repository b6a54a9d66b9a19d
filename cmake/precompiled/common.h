// SPDX-License-Identifier: Apache-2.0
#pragma once

// What most files read: half of the time of a compilation is spent on these.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "nlohmann/json.hpp"
