using System.Security.Cryptography;

namespace Pawl.Ledger;

/// <summary>An ECDSA P-256 public key that verifies checkpoints and attestations. Safe for use by many threads.</summary>
public sealed class LedgerPublicKey
{
    private const int PemCharacters = 4096;
    private const string Curve = "1.2.840.10045.3.1.7"; // RFC 5480 §2.1.1.1: secp256r1

    private readonly byte[] _spki;

    private LedgerPublicKey(byte[] spki) => (_spki, Id) = (spki, Convert.ToHexStringLower(SHA256.HashData(spki)));

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, 64 hex digits: the fingerprint by which people compare keys.</summary>
    public string Id { get; }

    /// <summary>The key, PEM.</summary>
    public string Pem => PemEncoding.WriteString("PUBLIC KEY", _spki) + "\n";

    /// <summary>The id in signature lines: the first four bytes of SHA-256 of the SubjectPublicKeyInfo.</summary>
    internal uint LineId => Convert.ToUInt32(Id[..8], 16);

    /// <summary>The public half of a key.</summary>
    /// <exception cref="ArgumentException">It is none on P-256.</exception>
    public static LedgerPublicKey Of(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return IsP256(key) ? new LedgerPublicKey(key.ExportSubjectPublicKeyInfo()) : throw new ArgumentException("The key is not on the curve P-256.", nameof(key));
    }

    /// <summary>Reads PEM as <see cref="Pem"/> writes it, however it is wrapped; false where it is no public key on P-256.</summary>
    public static bool TryParse(string pem, out LedgerPublicKey key)
    {
        key = null!;
        if (pem is null || pem.Length > PemCharacters || !PemEncoding.TryFind(pem, out var fields) || pem[fields.Label] is not "PUBLIC KEY") return false;
        try
        {
            using var ecdsa = ECDsa.Create();
            ecdsa.ImportFromPem(pem);
            if (!IsP256(ecdsa)) return false;
            key = new LedgerPublicKey(ecdsa.ExportSubjectPublicKeyInfo());
            return true;
        }
        catch (Exception e) when (KeyFile.IsNoKey(e))
        {
            return false;
        }
    }

    /// <summary>Reads a public key from a file; the file of a private key gives its public half.</summary>
    /// <exception cref="BadInputException">The file is missing, or holds none on P-256.</exception>
    public static LedgerPublicKey Load(string path)
    {
        var pem = KeyFile.Read(path);
        if (TryParse(pem, out var key)) return key;
        using var whole = KeyFile.Parse(pem, path, "a public key");
        return Of(whole);
    }

    /// <summary>Whether a signature over SHA-256 of some bytes is this key's.</summary>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature, DSASignatureFormat format)
    {
        using var ecdsa = ECDsa.Create();
        ecdsa.ImportSubjectPublicKeyInfo(_spki, out _);
        return ecdsa.VerifyData(data, signature, HashAlgorithmName.SHA256, format);
    }

    internal static bool IsP256(ECDsa key)
    {
        var curve = key.ExportParameters(includePrivateParameters: false).Curve;
        return curve.IsNamed && curve.Oid is { } oid && (oid.Value == Curve || oid.FriendlyName is "nistP256" or "ECDSA_P256");
    }
}
