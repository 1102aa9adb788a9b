using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

public sealed class PayloadEncryptionTests
{
    private const string Cases = "flags/growthbook-cases.json";
    private const string Key = "AAECAwQFBgcICQoLDA0ODw==";

    public static TheoryData<string, string, string, string?> SuiteCases()
    {
        var cases = new TheoryData<string, string, string, string?>();
        if (SharedData.Find(Cases) is not { } path)
        {
            // A theory without rows counts as failed; the test itself skips this one and says why.
            cases.Add("the suite is not here", "", "", null);
            return cases;
        }

        using var suite = JsonDocument.Parse(File.ReadAllBytes(path));
        foreach (var c in suite.RootElement.GetProperty("decrypt").EnumerateArray()) cases.Add(c[0].GetString()!, c[1].GetString()!, c[2].GetString()!, c[3].GetString());
        return cases;
    }

    [Theory]
    [MemberData(nameof(SuiteCases))]
    public void TryDecrypt_CaseOfTheSdkSuite_GivesWhatTheSuiteSays(string name, string text, string key, string? expected)
    {
        SharedData.Require(Cases);

        var decrypted = PayloadEncryption.TryDecrypt(text, key, out var utf8, out var reason);

        Assert.True((expected is not null) == decrypted, $"{name}: {reason}");
        Assert.Equal(expected, utf8 is null ? null : Encoding.UTF8.GetString(utf8));
        Assert.Equal(decrypted, reason is null);
    }

    [Fact]
    public void SuiteCases_WhereTheDataIs_HoldOneThatDecryptsAndSomeThatDoNot()
    {
        SharedData.Require(Cases);
        var expected = SuiteCases().Select(row => row.Data.Item4).ToList();
        Assert.Contains(expected, e => e is not null);
        Assert.True(expected.Count(e => e is null) >= 2);
    }

    // NIST SP 800-38A, F.2.1: the first block of CBC-AES128.Encrypt. The padding block after it is ours.
    [Fact]
    public void Encrypt_VectorOfNist_BeginsWithItsCiphertext()
    {
        var key = Convert.ToBase64String(Convert.FromHexString("2b7e151628aed2a6abf7158809cf4f3c"));
        var iv = Convert.FromHexString("000102030405060708090a0b0c0d0e0f");

        var parts = PayloadEncryption.Encrypt(Convert.FromHexString("6bc1bee22e409f96e93d7e117393172a"), key, iv).Split('.');

        Assert.Equal(iv, Convert.FromBase64String(parts[0]));
        var ciphertext = Convert.FromBase64String(parts[1]);
        Assert.Equal(32, ciphertext.Length);
        Assert.Equal("7649abac8119b246cee98e9b12e9197d", Convert.ToHexStringLower(ciphertext[..16]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("exactly 16 bytes")]
    [InlineData("{\"é😀\":\"more than one block of text\"}")]
    public void TryDecrypt_WhatEncryptGave_IsTheText(string text)
    {
        using var random = RandomNumberGenerator.Create();
        var encrypted = PayloadEncryption.Encrypt(Encoding.UTF8.GetBytes(text), Key, random);

        Assert.True(PayloadEncryption.TryDecrypt(encrypted, Key, out var utf8, out _));
        Assert.Equal(text, Encoding.UTF8.GetString(utf8));
        Assert.NotEqual(encrypted, PayloadEncryption.Encrypt(Encoding.UTF8.GetBytes(text), Key, random));
    }

    [Theory]
    [InlineData("", "has 0 bytes, not 16")]
    [InlineData("AAECAwQFBgc=", "has 8 bytes, not 16")]
    [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "has 32 bytes, not 16")]
    [InlineData("AAECAwQFBgcICQoLDA0ODw", "not base64")]
    [InlineData("é", "not base64")]
    public void Key_ThatIsUnusable_IsRefusedEitherWay(string key, string problem)
    {
        var error = Assert.Throws<BadInputException>(() => PayloadEncryption.Encrypt("{}"u8, key, new byte[16]));
        Assert.Contains(problem, error.Message);

        Assert.False(PayloadEncryption.TryDecrypt(PayloadEncryption.Encrypt("{}"u8, Key, new byte[16]), key, out var utf8, out var reason));
        Assert.Null(utf8);
        Assert.Contains(problem, reason);
    }

    [Theory]
    [InlineData(null, "no encrypted text")]
    [InlineData("", "no dot")]
    [InlineData(".", "before the dot")]
    [InlineData("AAECAwQFBgcICQoLDA0ODw==.", "after the dot")]
    [InlineData("AAECAwQFBgcICQoLDA0ODw==.AAEC", "after the dot")]
    [InlineData("AAECAwQFBgcICQoLDA0ODw==.AAECAwQFBgcICQoLDA0ODw==.AAECAwQFBgcICQoLDA0ODw==", "after the dot")]
    [InlineData("AAECAwQFBgcICQoLDA0ODw==.AAECAwQFBgcICQoLDA0ODw==", "another key, or damaged")]
    public void TryDecrypt_AMalformedText_IsRefusedWithAReason(string? text, string problem)
    {
        Assert.False(PayloadEncryption.TryDecrypt(text, Key, out var utf8, out var reason));
        Assert.Null(utf8);
        Assert.Contains(problem, reason);
    }

    [Fact]
    public void TryDecrypt_BytesThatAreNotUtf8_AreRefused()
    {
        Assert.False(PayloadEncryption.TryDecrypt(PayloadEncryption.Encrypt([0xC3, 0x28], Key, new byte[16]), Key, out _, out var reason));
        Assert.Contains("does not decrypt to UTF-8", reason);
    }

    [Fact]
    public void TryDecrypt_ATextBeyondTheLimit_IsRefused()
    {
        Assert.False(PayloadEncryption.TryDecrypt(new string('A', Limits.EncryptedCharacters + 1), Key, out _, out var reason));
        Assert.Contains("at most 16777216", reason);
    }

    [Fact]
    public void Encrypt_AnInitializationVectorOfAnotherLength_IsMisuse() =>
        Assert.Throws<ArgumentException>(() => PayloadEncryption.Encrypt("{}"u8, Key, new byte[12]));
}
