// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cmake/precompiled/common.h"
#include "proto/runtime/v1/api.pb.h"
