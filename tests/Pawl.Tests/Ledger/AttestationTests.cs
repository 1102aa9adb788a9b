using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pawl.Ledger;
using Xunit;

namespace Pawl.Tests.Ledger;

public sealed class AttestationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // https://github.com/secure-systems-lab/dsse/blob/master/protocol.md, "Test Vectors"
    [Fact]
    public void Verify_TheVectorOfTheDsseSpecification_Holds()
    {
        using var ecdsa = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Number("46950820868899156662930047687818585632848591499744589407958293238635476079160"), Y = Number("5640078356564379163099075877009565129882514886557779369047442380624545832820") },
        });
        var signature = Convert.FromBase64String("A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==");
        var signed = Attestation.Authenticated("http://example.com/HelloWorld", "hello world"u8);

        Assert.Equal("DSSEv1 29 http://example.com/HelloWorld 11 hello world", Encoding.UTF8.GetString(signed));
        Assert.True(LedgerPublicKey.Of(ecdsa).Verify(signed, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        signed[^1]++;
        Assert.False(LedgerPublicKey.Of(ecdsa).Verify(signed, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    [Fact]
    public void Envelope_OfAReceipt_HoldsItsStatementForThisKeyAlone()
    {
        using var key = LedgerScene.NewKey(_folder, "a");
        using var other = LedgerScene.NewKey(_folder, "b");
        var receipt = new Receipt
        {
            Seq = 3,
            Kind = ReceiptKind.Result,
            Tool = "T",
            Ok = true,
            Ref = "ü\"",
            Key = "k",
            ArgsDigest = "d",
            Actor = "a",
            At = new VirtualClock().GetUtcNow(),
            Subject = "s",
            Message = "m",
            Data = """{"n":1}""",
        };
        var envelope = Attestation.Envelope(receipt, key);

        Assert.True(Attestation.TryVerify(envelope, key.PublicKey, out var payload));
        Assert.False(Attestation.TryVerify(envelope, other.PublicKey, out var nothing));
        Assert.Empty(nothing);
        var statement = JsonSerializer.Deserialize<JsonElement>(payload);
        var subject = Assert.Single(statement.GetProperty("subject").EnumerateArray());
        Assert.Equal("ü\"", subject.GetProperty("name").GetString());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(ReceiptEntry.Of(receipt))), subject.GetProperty("digest").GetProperty("sha256").GetString());
        Assert.Equal("urn:pawl:receipt:v1", statement.GetProperty("predicateType").GetString());
        Assert.Equal(ReceiptEntry.Of(receipt), CanonicalJson.Serialize(statement.GetProperty("predicate")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"payload":"!","payloadType":"x","signatures":[]}""")]
    [InlineData("""{"payload":"","payloadType":null,"signatures":[{}]}""")]
    [InlineData("""{"payload":"","payloadType":"application/vnd.in-toto+json","signatures":[]}""")]
    public void TryVerify_NoEnvelope_IsFalse(string json)
    {
        using var key = LedgerScene.NewKey(_folder, "a");

        Assert.False(Attestation.TryVerify(Encoding.UTF8.GetBytes(json), key.PublicKey, out _));
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Number(string digits) => BigInteger.Parse(digits, CultureInfo.InvariantCulture).ToByteArray(isUnsigned: true, isBigEndian: true) is { Length: 32 } bytes
        ? bytes
        : [.. Enumerable.Repeat((byte)0, 32 - BigInteger.Parse(digits, CultureInfo.InvariantCulture).GetByteCount(isUnsigned: true)), .. BigInteger.Parse(digits, CultureInfo.InvariantCulture).ToByteArray(true, true)];
}
