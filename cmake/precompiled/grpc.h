// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "grpcpp/grpcpp.h"

#include "cmake/precompiled/common.h"
#include "proto/runtime/v1/api.grpc.pb.h"
