// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "cmake/precompiled/runtime.h"
