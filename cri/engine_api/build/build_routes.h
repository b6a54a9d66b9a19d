// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cri/engine_api/router.h"
#include "imageservice/build/builder.h"

namespace berth::cri {

// /build and /build/… What is given must outlive the router.
void AddBuildRoutes(Router& router, imageservice::Builder& builder);

}  // namespace berth::cri
