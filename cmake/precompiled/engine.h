// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "boost/beast/http.hpp"
#include "cmake/precompiled/runtime.h"
