"""What the shaders do under the true sun: find the place of a fragment, and ask whether the sun reaches it.

Shadows are kept as pictures of the ground plan (layers.shadows): how much of the sun level ground is kept from, and how
high the shadow reaches over it. What stands compares its own height with the latter. There are two of each: one of the
whole city, and a finer one around what is looked at.

The hundreds of solids must not have uniforms of their own that change with every frame (see layers.look): what they
need comes as the colours of the scene's lights, which nothing else uses, and as the direction of one of them.
"""

from __future__ import annotations

import re

from layers.sunlight import GRAZING

CITY_SHADE, NEAR_SHADE, CITY_CEILING, NEAR_CEILING = "cityShade", "nearShade", "cityCeiling", "nearCeiling"
SHADES, CEILINGS = (CITY_SHADE, NEAR_SHADE), (CITY_CEILING, NEAR_CEILING)
LIGHTS = 9
"""How many lights carry values under the true sun; see SOLID_CODE for what each means."""
OUTWARD_TEXELS = 0.75
"""A wall asks in front of itself: within the same texel stands the house it belongs to."""
TREE_SHADE = 0.8

_ON_GROUND = f"""
  vec3 sunPlace = eyeM + AT.x * rightW + AT.y * upW + AT.z * backW;
  vec2 sunCity = sunPlace.xy * cityPerM.xy;
  vec2 sunNear = (sunPlace.xy - nearM.xy) * nearPerM.xy;
  bool isInNear = all(greaterThan(sunNear, vec2(0.0))) && all(lessThan(sunNear, vec2(1.0)));
  bool isInCity = all(greaterThan(sunCity, vec2(0.0))) && all(lessThan(sunCity, vec2(1.0)));
  float sunDark = 0.0;
  if (isInNear) sunDark = textureLod({NEAR_SHADE}, sunNear, 0.0).r;
  else if (isInCity) sunDark = textureLod({CITY_SHADE}, sunCity, 0.0).r;
  vec3 onGround = mix(litGround, darkGround, sunDark);
"""
_TOKENS = re.compile(r"\$SUN\((\w+)\)|\$LIT|\$BEAM")

# Lights: 0 haze a metre, lowest ceiling, metres a step; 1 the beam and its direction; 2 sky; 3 bounce; 4 haze; 5 the
# eye from the city grid's corner; 6 texels a metre of the city grid and its size; 7 the near grid's corner from the
# city's, fall of light a metre (negative asks for one texel instead of four); 8 texels a metre of the near grid and its
# size.
SOLID_CODE = f"""
  mat3 intoView = mat3(MCVCMatrix);
  float hazePerM = lightColor0.r;
  HAZE
  float up = dot(normalVCVSOutput, intoView[2]);
  float facing = max(0.0, dot(normalVCVSOutput, -lightDirectionVC1));
  vec3 sunPlace = vertexVC.xyz * intoView + lightColor5;
  vec2 aside = (normalVCVSOutput * intoView).xy * {OUTWARD_TEXELS} - 0.5;
  vec2 nearAt = (sunPlace.xy - lightColor7.xy) * lightColor8.x + aside;
  vec2 cityAt = sunPlace.xy * lightColor6.x + aside;
  bool isInNear = all(greaterThan(nearAt, vec2(0.0))) && all(lessThan(nearAt, lightColor8.yz - 1.0));
  bool isInCity = all(greaterThan(cityAt, vec2(0.0))) && all(lessThan(cityAt, lightColor6.yz - 1.0));
  float sunDark = 0.0;
  if (facing > 0.0 && (isInNear || isInCity)) {{
    vec2 at = isInNear ? nearAt : cityAt;
    float texelM = 1.0 / (isInNear ? lightColor8.x : lightColor6.x);
    float softM = max(abs(lightColor7.z) * texelM, 0.02);
    float heightM = sunPlace.z + 0.05 + 0.15 * texelM;
    ivec2 corner = ivec2(at);
    vec2 part = at - vec2(corner);
    bool isQuick = lightColor7.z < 0.0;
    corner += isQuick ? ivec2(part + 0.5) : ivec2(0);
    vec4 dark = vec4(0.0);
    for (int k = 0; k < (isQuick ? 1 : 4); ++k) {{
      ivec2 texel = corner + ivec2(k & 1, k >> 1);
      vec2 bytes = isInNear ? texelFetch({NEAR_CEILING}, texel, 0).ra : texelFetch({CITY_CEILING}, texel, 0).ra;
      float ceilingM = lightColor0.g + lightColor0.b * dot(bytes, vec2(255.0, 65280.0));
      dark[k] = clamp((ceilingM - heightM) / softM + 0.5, 0.0, 1.0);
    }}
    sunDark = isQuick ? dark.x : mix(mix(dark.x, dark.y, part.x), mix(dark.z, dark.w, part.x), part.y);
  }}
  vec3 light = lightColor2 * (0.5 + 0.5 * up) + lightColor3 * (0.5 - 0.5 * up)
             + lightColor1 * facing * (1.0 - sunDark);
"""


def written(template: str, *, is_sunlit: bool) -> str:
    """Return the code of a shader for what lies on the ground.

    template   with $SUN(p) where p is the fragment's place in view coordinates, and $LIT or $BEAM after the colour or
               the light that the sun falls on: all of them are nothing under the fixed light
    """

    def put(found: re.Match[str]) -> str:
        if not is_sunlit:
            return ""
        if found[1]:
            return _ON_GROUND.replace("AT", found[1])
        return " * onGround" if found[0] == "$LIT" else f" * (1.0 - {TREE_SHADE} * sunDark)"

    return _TOKENS.sub(put, template)


__all__ = ["CEILINGS", "GRAZING", "LIGHTS", "SHADES", "SOLID_CODE", "written"]
