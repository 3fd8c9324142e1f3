/// Keys for tests alone; none of them protects anything.
enum Keys {
    /// The key of RFC 7515 appendix A.2, as PKCS #8.
    static let rfc7515 = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCh+BYK4uPJtGXO
        jS1lYmM2K5J9vinh8CR3/BYlzJChNuOL2TSXxbbqY913EeZ8dCn5VrD7io8ImtxL
        aYk8wTM/U+3QGbh3hCUv7JFP5IV3aVlL6kKA0ywPVb9ilE8TA5a8bpvfbr3SvaNn
        juygxmj3AbONv/s4yDQs4v5tJ/reSlpIdJed1LnPmt7Ex1sFhSwsD174pcF1A5L5
        ROjtZMEQxrZHYJqkeDrrnGya11UxMFBji4NmXG9veoKjlnAqH2QbgtPr8jkiGUkf
        toaHLFcW9Qr4NY2ai50Xw0Byj3+H2JoY2PyrZ62EWQwuz3WTOTY8BwNNb2BvniHg
        VFbK5emhAgMBAAECggEAEq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyW
        PEAeP88vLNO97IjlA7/GQ5sLKMgvfTeXZx9SE+7YwVol2NXOoAJe46sui395IW/G
        O+pWJ1O0BkTGoVEn2bKVRUCgu+GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzj
        kn439X0M/V51gfpRLI9JYanrC4D4qAdGcopV/0ZHHzQlBjudU2QvXt4ehNYTCBr6
        XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl/x/jTj3ccPDVZFD9pIuhLhBOneufuBiB
        4cS98l2SR/RQyGWSeWjnczT0QU91p1DhOVRuOopznQKBgQDgHMQQ60imZV1URk0K
        pLttoLhyt3SmqdEf/kgHePDdtzEafpAu+cS191R2JiuoF2yzWXnwFDcqGigp5BNr
        0AHQfD8/Lk8l1Mk09jxxCfui5nYooNyac8YFjm3vItzVCVDnEd3BbVWG8qf6deqE
        lMGAg+C2V0L4oNXnP7LZcPAZRwKBgQC5A8R+CZW2MvRTLLHzwZkUXV866cff7tx6
        kqa0finGG0KgeqlaZPxgCZnFp7AeAcCMtiynVlJ7vMVgePsLq6XtON4tB5kP9jAP
        rq3rbAOal78eUH5OcED6eNuCV8ixEu1eWcPNCS/l1OW1EnXUEoEHKl54Xrrz2uNw
        kgMTP1FZ1wKBgAcCn1dwJKufzBWQxWQp1vsM5fggqPN1qGb5y0MAk3g7/Ls5bkUp
        5u9SN0Ai3Ya6hNnvWJMb7sXQX6U/zyO2M/hTip7tUeh7CXgwo59dkpN75gJLVds2
        9+DAncu3KXU4f2Fa+7bLNrur53k8KwPOq2bbuTG69QtV7Jr5MR0AHWKNAoGBAIf/
        evpitUf+4JYbLpvNXWcY052Mpz22aR84mY3nh3F2LF2mjMJDpTg7FmuyPcVw6EcG
        yoAe9fa65iNqCq+jdw6PVNGo2hxfjSiZ8IIzHdsPXI89//pMjZcQK9r+CCoRjaZj
        OYiIDktVWZzmevJuv6WywUqd57LE3Zar3dLSIkx1AoGAIYd7DHOhrWvxkwPQsRM2
        tOgrjbcrfvtQJipd+DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd/QJQ3
        ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp/gh6A56
        03k2+ZQwVK0JKSHuLFkuQ3U=
        -----END PRIVATE KEY-----
        """

    /// The same key under the passphrase 'secret'.
    static let encrypted = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIIFNTBfBgkqhkiG9w0BBQ0wUjAxBgkqhkiG9w0BBQwwJAQQSaF6qTpVujrwt+ec
        8MDHrgICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEENkK5H9Dz+T+WPxg
        esnEi20EggTQz3EFDdrb45y8WfhelLJkvHeFbk3Kl4m1zIfGWl49skOr846eK3jh
        mKyFV+LcQaYB4yafsRdE4sDs3RIEDQoM8Xc3af34ckwSl3CwWbO5PqiY8bWxe6Eq
        HE6OoypehATNvQCE8Q2H5n3xpBj8naYMvdicoCvFlIV1yvpzU1fUbFp7NH6i8lEJ
        2938D62azYQgJwoyGNS0XYUzOI0sps4MN0dJPA0eR1wC5Eak3YQ4j6quxIGtxKlo
        nFa/UhB0gjPQglYwG3WQJtXBhdUqecfFy7pfJN5fZY7PLJ7PDLu+2/K9aSnxykKm
        XQFJ5WNMEMswJriMo0CzImqzeG98Qpx/NNPlwXz4540NHiV2BwffivldvA8cF99c
        q4/jOJP3najlz0i0Exd+rW8n6WvjoTwGisjhNOE3EubvbQvZVCqigtlWPkdkqR2m
        KzvTTcjY9qhviZKhEPb4jtcKSfs3Zf2+mMmF7WiZtvgLDemJ8UmBshxdv/5ig7t9
        RvJOJtHG2bTh2IltU4eYmObuKpjg2A/L9viX2OkPvEdw/XkTaBMsV3Ox6XhVNuoK
        CrBMp04rkzBKDvKS7a09TrjOXfk0BsMtHFUsg8/UG3E79HamkeIeXpwV7dozxvVz
        gLYlv16poBRo27EeLYAsb6YLDySTxoRB44GdEMMmvLgMeUVppYc5mCwPN2c13/wQ
        sLvk2NlSR/I6geVz1m0hnh5qr5kVl+rlKkyJFx1yyBv10hxy15Pz5gQyNxQATcxh
        F50DtjJRPbo7Oejvm64L10+N/5tPAftU4JdgQbKv5AoEePV5sRSbUs6msVZXYdWk
        1hO0/5Ka1Q0j29rMBbWy+55HL8W+N+IUuZRbm8abAr+pkIZagLmAZvCiFAZYW+r6
        ZnJgzrRPrOw5bMxJIJoMdgssDLjhdNyU3a0Ph9Wg2hLDkPBw/Wlckb8ScOnfrFlO
        Noh646scZYdXB76iJ3wrjKOA4abh89nfHv/rm2RzK+wIB/kw8NEk261umHa4AS1h
        rqh/mc8aTww+wMx7bh1HRBF9gHhokT56fuTy10xa8mFV9oviwVxHfCIFSediVeNM
        8GQB6yAWaWpwz6W6ptULi69Ml69cbyjSY9/heZPWI3RkzvTssdz3jxEPcsLntg7D
        LH0LbJ/9xF2niwQ4xOrTrpj/f9cxiw4JgC/lip7syr0tD6kOi2BSaQugVR8a642n
        2is/PS0MKupHB18m4TdRrDFMqAm/4nBoLbiyFtcr/68g2h8WA39BKl3wHomYRrW7
        wobahLrAS9w9Hcp4lz8uzoxXbHYGU8pgmD0b//gTA5U+zGKYA5Lm2icYPeEYuny0
        iNEuBuJGoKN8jRUWiUGKKZfp0bXZznuetpGG+e1Z/MDfj5MU9hoHG3cEhOHz7azQ
        /4DLutMe1e7Rdry9XIveGVvp8wTIZ/GpDtFmSpeZTko70vLXJivEkzCGb0+La2q0
        C5HkQyRIW7HKBUTiGLfOpKvrrwlvC4z+lbPKpVmQ8AGu/akxoRZ2Z9rAJLy/BNOJ
        +UBUZz7UNIlL9EgvTU3vBM3smekjImepvnFcM6EirkmXIuqYqbjUvC9ozF0qk6M2
        bXj1R+0OW2Zf+dBodyDO8JadwsS6NGcd+pya7VolS+vPuhxHnCLpmtw=
        -----END ENCRYPTED PRIVATE KEY-----
        """

    /// A key on the curve P-256, which is no RSA key.
    static let elliptic = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgP/9VuV2hUFiSQVY9
        K+rgk6wmvN32ULS9xTl8j1uNxTyhRANCAATn0+O9QluCiDQxX2mU1ZewzQoS+9qU
        3fa/KzH9ZcHLZiSEK0GMP4FrZ4dMF7qggSclLWgqhPkgD8LK7OoTx3zs
        -----END PRIVATE KEY-----
        """
}
