// SPDX-License-Identifier: Apache-2.0
#pragma once

// As gRPC's, of a target with exceptions.
#include "cmake/precompiled/grpc.h"
