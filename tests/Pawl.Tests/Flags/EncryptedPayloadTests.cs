using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pawl.Flags;
using Xunit;

namespace Pawl.Tests.Flags;

public sealed class EncryptedPayloadTests : IDisposable
{
    private const string Key = "AAECAwQFBgcICQoLDA0ODw==";

    private readonly RandomNumberGenerator random = RandomNumberGenerator.Create();

    [Fact]
    public void TryDecrypt_WhatEncryptGave_IsThePayload()
    {
        var payload = Json.Parse("""{"status":200,"features":{"f":{"defaultValue":"é😀"}},"savedGroups":{"g":[1.50]},"experiments":[],"dateUpdated":"2026-01-01"}""");

        var encrypted = EncryptedPayload.Encrypt(payload, Key, random);

        Assert.Equal(["status", "encryptedFeatures", "encryptedSavedGroups", "encryptedExperiments", "dateUpdated"], encrypted.EnumerateObject().Select(m => m.Name));
        Assert.True(EncryptedPayload.TryDecrypt(encrypted, Key, out var decrypted, out _));
        Assert.Equal(CanonicalJson.Digest(payload), CanonicalJson.Digest(decrypted));
    }

    [Fact]
    public void Encrypt_APayloadWithoutSavedGroups_AddsNone() =>
        Assert.Equal(["encryptedFeatures"], EncryptedPayload.Encrypt(Json.Parse("""{"features":{}}"""), Key, random).EnumerateObject().Select(m => m.Name));

    [Fact]
    public void TryDecrypt_APlainMemberBesideTheEncryptedOne_GivesWay() =>
        Assert.Equal("""{"status":200,"features":{"f":{}}}""", Decrypted($$"""{"features":{},"status":200,"encryptedFeatures":"{{Encrypted("""{"f":{}}""")}}"}"""));

    [Theory]
    [InlineData("""{"features":{"f":{}}}""", """{"features":{"f":{}}}""")]
    [InlineData("""{"features":{"f":{}},"encryptedFeatures":"","encryptedSavedGroups":null}""", """{"features":{"f":{}}}""")]
    [InlineData("{}", "{}")]
    public void TryDecrypt_NothingEncrypted_IsThePayload(string payload, string expected) => Assert.Equal(expected, Decrypted(payload));

    [Theory]
    [InlineData("[]", "A payload is a JSON object")]
    [InlineData("""{"encryptedFeatures":1}""", "encryptedFeatures is not a string")]
    [InlineData("""{"encryptedSavedGroups":"x"}""", "encryptedSavedGroups cannot be decrypted. The encrypted text has no dot")]
    [InlineData("""{"encryptedFeatures":"\ud800"}""", "The payload cannot be read")]
    [InlineData("""{"\ud800":1}""", "The payload cannot be read")]
    public void TryDecrypt_AMalformedPayload_IsRefusedWithAReason(string payload, string problem)
    {
        // Not as strict as Json.Parse, which refuses some of these at once.
        using var document = JsonDocument.Parse(payload);
        AssertRefused(document.RootElement, problem);
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("{} {}")]
    [InlineData("""{"\ud800":1}""")]
    public void TryDecrypt_PlainTextThatIsNotJson_IsRefusedWithoutQuotingIt(string text)
    {
        var reason = AssertRefused(Json.Parse($$"""{"encryptedFeatures":"{{Encrypted(text)}}"}"""), "encryptedFeatures decrypts to something that is not one JSON value");
        Assert.DoesNotContain("secret", reason);
    }

    [Fact]
    public void TryDecrypt_MembersThatStandTwice_AreRefused()
    {
        using var document = JsonDocument.Parse("""{"a":1,"a":2}""");
        AssertRefused(document.RootElement, "The payload cannot be read");
    }

    [Fact]
    public void Encrypt_AnUnusableKey_IsRefused() =>
        Assert.Throws<BadInputException>(() => EncryptedPayload.Encrypt(Json.Parse("""{"features":{}}"""), "short", random));

    [Fact]
    public void Encrypt_NoObject_IsMisuse() => Assert.Throws<ArgumentException>(() => EncryptedPayload.Encrypt(Json.Null, Key, random));

    public void Dispose() => random.Dispose();

    private string Encrypted(string text) => PayloadEncryption.Encrypt(Encoding.UTF8.GetBytes(text), Key, random);

    private static string Decrypted(string payload)
    {
        Assert.True(EncryptedPayload.TryDecrypt(Json.Parse(payload), Key, out var decrypted, out var reason), reason);
        return decrypted.GetRawText();
    }

    private static string AssertRefused(JsonElement payload, string problem)
    {
        Assert.False(EncryptedPayload.TryDecrypt(payload, Key, out var decrypted, out var reason));
        Assert.Equal(JsonValueKind.Undefined, decrypted.ValueKind);
        Assert.StartsWith(problem, reason);
        return reason;
    }
}
