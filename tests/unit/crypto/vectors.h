// Keys and signatures that others made. None of them protects anything: the first is published in RFC 7515.
#pragma once

#include "common/base/secret.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace scoped::test {

// Puts the lines around a PEM body; apart, so that no scanner takes a test's key for a real one.
inline std::string pem_of(std::string_view label, std::string_view body) {
  const std::string name(label);
  std::string lines;
  for (; !body.empty(); body.remove_prefix(std::min<size_t>(64, body.size())))
    lines.append(body.substr(0, 64)).append("\n");
  return "-----BEGIN " + name + "-----\n" + lines + "-----END " + name + "-----\n";
}

// RFC 7515 appendix A.2, in PKCS#8 form.
constexpr std::string_view kRfc7515Key =
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCh+BYK4uPJtGXOjS1lYmM2K5J9vinh8CR3/BYlzJChNuOL"
    "2TSXxbbqY913EeZ8dCn5VrD7io8ImtxLaYk8wTM/U+3QGbh3hCUv7JFP5IV3aVlL6kKA0ywPVb9ilE8TA5a8bpvfbr3SvaNn"
    "juygxmj3AbONv/s4yDQs4v5tJ/reSlpIdJed1LnPmt7Ex1sFhSwsD174pcF1A5L5ROjtZMEQxrZHYJqkeDrrnGya11UxMFBj"
    "i4NmXG9veoKjlnAqH2QbgtPr8jkiGUkftoaHLFcW9Qr4NY2ai50Xw0Byj3+H2JoY2PyrZ62EWQwuz3WTOTY8BwNNb2BvniHg"
    "VFbK5emhAgMBAAECggEAEq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7/GQ5sLKMgvfTeX"
    "Zx9SE+7YwVol2NXOoAJe46sui395IW/GO+pWJ1O0BkTGoVEn2bKVRUCgu+GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzj"
    "kn439X0M/V51gfpRLI9JYanrC4D4qAdGcopV/0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl"
    "/x/jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR/RQyGWSeWjnczT0QU91p1DhOVRuOopznQKBgQDgHMQQ60imZV1URk0K"
    "pLttoLhyt3SmqdEf/kgHePDdtzEafpAu+cS191R2JiuoF2yzWXnwFDcqGigp5BNr0AHQfD8/Lk8l1Mk09jxxCfui5nYooNya"
    "c8YFjm3vItzVCVDnEd3BbVWG8qf6deqElMGAg+C2V0L4oNXnP7LZcPAZRwKBgQC5A8R+CZW2MvRTLLHzwZkUXV866cff7tx6"
    "kqa0finGG0KgeqlaZPxgCZnFp7AeAcCMtiynVlJ7vMVgePsLq6XtON4tB5kP9jAPrq3rbAOal78eUH5OcED6eNuCV8ixEu1e"
    "WcPNCS/l1OW1EnXUEoEHKl54Xrrz2uNwkgMTP1FZ1wKBgAcCn1dwJKufzBWQxWQp1vsM5fggqPN1qGb5y0MAk3g7/Ls5bkUp"
    "5u9SN0Ai3Ya6hNnvWJMb7sXQX6U/zyO2M/hTip7tUeh7CXgwo59dkpN75gJLVds29+DAncu3KXU4f2Fa+7bLNrur53k8KwPO"
    "q2bbuTG69QtV7Jr5MR0AHWKNAoGBAIf/evpitUf+4JYbLpvNXWcY052Mpz22aR84mY3nh3F2LF2mjMJDpTg7FmuyPcVw6EcG"
    "yoAe9fa65iNqCq+jdw6PVNGo2hxfjSiZ8IIzHdsPXI89//pMjZcQK9r+CCoRjaZjOYiIDktVWZzmevJuv6WywUqd57LE3Zar"
    "3dLSIkx1AoGAIYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd+DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd/QJQ3"
    "ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp/gh6A5603k2+ZQwVK0JKSHuLFkuQ3U=";
constexpr std::string_view kRfc7515Signature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujG"
    "bds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K"
    "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6"
    "LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

// PS256 by the same key over {"alg":"PS256"} and {}, made with Python's cryptography.
constexpr std::string_view kPssSignature =
    "JANN9kfGHrdPt2J1x9_vNTApO7fYHIGdkYm1mnyAkOMjh4a2nr2uTdkIni1IflxxoL8qb4OJV4WzocVDo0A_QW4MJ0Lhi-WT"
    "6o7leORcJwQ4m-bbHFFtrWNSEj9CGNmRLzyUTRiksyw5agalo5KuSfMm7VI12xgKbIJL_jhUj2DKMuUj-JCYtrqMRf1P2uwA"
    "DviIuZiyEzLdeAmFaHvOtRQ1FVZm-rs4USghmroM5FomYsB33_-YohNeCoXzsbyLlSS9UsMdRtQ8QJsoTk3a7Ct9iAl543-o"
    "XOF5vQezAhjwAeAk-K3gtv5bISIywsdavGylBMnzGY2MvriBWfq_QA";

constexpr std::string_view kSmallRsaKey =  // 1024 bits
    "MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBAOHRhj/JSbTX3Txfrb8VxQDj43jb1/K98pMXn4ZcSbcqVLlr"
    "JNClZwZ+J9hZtlDcsBL2DM5VEVRdTIEHf9U6LYqBkupFeNJD/ZOJW4ftwxMSLJat6siPXyg4b1LEKyR6ko4BexHNzL8sqlZV"
    "0+jZ8VtxWJpS7TJjp2crishiu14dAgMBAAECgYA3jQ2Tf3bsT/YStg7N5RMThvwcbSiQhH26BaOur+FKd9Vjz6G82hOgG0S+"
    "CkO5XLDL2U+JKpAayuDZFPkzgR5Wb+/3oMA8GBghpdu3cp+yZabI8JkbncBOgMagB+57sG5iOmAgYhUMvIEplX9ndorcWn3l"
    "IHSfwipGyHYR3pJWwQJBAPjgzK/MkBYJrpAQF4PQYD/KoNjUcjkU+4q0k75JSJRPKLh69L7z+h94ts2/gBBxOCXeKam5u0sB"
    "fKWrfpGUAIUCQQDoR8wVJqvti1HnRC12gYdzcI87iY0jMU3ZMCRim2TzqfaIkvMiYwfIJ2VPFygxR7Cgphz5M/hOcgI7/WvZ"
    "6ma5AkAWIsBx3mruWtwY2iWNRspYwif+QR8Lrq8UzizZ3uDCuCuyBNWh6kdT50OzFxZH4BoTXCgufWOIL1Cr144BWr2VAkA+"
    "CQbRU02xmHbcXBIER13Ej/hA/2CJWJ6g9cGR8EyK4warvQtgULCAXT0qXVXnq2zZyuOMDrwvPzWnjewi+/5JAkEApx2H++z8"
    "szL8Xmwx8E1/usvhFeu5RT9f7UTgtXlbFrTZ6n4LADtuENaSpNg0DE/Zhs3R/dhpv7vrRKERs9QYhQ==";
constexpr std::string_view kEllipticKey =
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgxgpwAkrRVhRQJ48vaw9QrJx6wZ6cH4T8lBbdMQ3w8uChRANC"
    "AAQujJ2cugq0aTOOA5sb8cWoZKVblE2jxk6z/I+AdZQM0I1pFw9VGOQxrTGWaykxngD8WI2bSRDKhnl3TAI07fxC";
constexpr std::string_view kEllipticCertificate =
    "MIIBBzCBr6ADAgECAgEBMAoGCCqGSM49BAMCMA0xCzAJBgNVBAMMAmVjMCAXDTI2MDEwMTAwMDAwMFoYDzIxMjYwMTAxMDAw"
    "MDAwWjANMQswCQYDVQQDDAJlYzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABC6MnZy6CrRpM44DmxvxxahkpVuUTaPGTrP8"
    "j4B1lAzQjWkXD1UY5DGtMZZrKTGeAPxYjZtJEMqGeXdMAjTt/EIwCgYIKoZIzj0EAwIDRwAwRAIgTRTXojXHEZ/ZofDagEZp"
    "QYiJKXfrpOz2EBhj7t9+9kkCIB5yos10aS4Qa1tmJF+SfQhLIOjHSXAVP3l0LLCiH01m";
constexpr std::string_view kEncryptedKey =
    "MIH0MF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAkBBB9LgPbMS1xE/bccLH+X5IkAgIIADAMBggqhkiG9w0CCQUAMB0G"
    "CWCGSAFlAwQBKgQQUD7hvLTL2vSmKHa7u3lZowSBkKyY3DvytFiWCf+YqwkUKSITIfgleA7+1rJ6wKuBfb18t4giuvMFpkJY"
    "SZwIGmR2l+Ed4WE5V7KkqcoP6FY0L68xcwLa6tyPKgnlZxIildrKCiqDwjiJrVzVhBHYVk+9wfQFTDGXFd70Zxj9iBylJkOK"
    "DQS5cnptQdFQMVRg0vBKuY+CqrtIO8UbUMfHHXl/PA==";

}  // namespace scoped::test
