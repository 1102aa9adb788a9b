using System.Text;
using System.Text.Json;
using Pawl.Flags;
using Pawl.Tests.Fuzz;
using Xunit;

namespace Pawl.Tests.Flags;

/// <summary>Broken texts, keys and payloads: each decrypts to UTF-8, or is refused with a reason, and nothing throws.</summary>
public sealed class PayloadEncryptionFuzzTests
{
    private const string Key = "AAECAwQFBgcICQoLDA0ODw==";

    private static readonly byte[] Vector = [.. Enumerable.Range(100, 16).Select(i => (byte)i)];
    private static readonly string Text = PayloadEncryption.Encrypt("""{"f":{"defaultValue":"é😀"},"g":{"rules":[]}}"""u8, Key, Vector);

    [Fact]
    public void TryDecrypt_BrokenTextsAndKeys_AreDecryptedOrRefused()
    {
        var mutator = new Mutator(2029);
        var (decrypted, refused) = (0, 0);
        for (var n = 0; n < LongRun.Scale(2000, 100_000); n++)
        {
            var text = n % 3 == 0 ? Text : Broken(mutator, Text);
            var key = n % 3 == 0 ? Broken(mutator, Key) : Key;
            if (PayloadEncryption.TryDecrypt(text, key, out var utf8, out var reason))
            {
                Assert.Null(reason);
                Assert.Equal(utf8, Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8)));
                decrypted++;
            }
            else
            {
                Assert.Null(utf8);
                Assert.False(string.IsNullOrWhiteSpace(reason));
                refused++;
            }
        }

        Assert.True(decrypted > 100 && refused > 100, $"{decrypted} texts were decrypted, {refused} refused.");
    }

    [Fact]
    public void TryDecrypt_BrokenPayloads_AreDecryptedOrRefused()
    {
        var mutator = new Mutator(2030);
        var payload = Encoding.UTF8.GetBytes($$"""{"status":200,"features":{},"encryptedFeatures":"{{Text}}","encryptedSavedGroups":"{{Text}}","dateUpdated":"2026-01-01"}""");
        var (decrypted, refused) = (0, 0);
        for (var n = 0; n < LongRun.Scale(2000, 100_000); n++)
        {
            if (Parsed(mutator.Mutate(payload)) is not { } broken) continue;
            if (EncryptedPayload.TryDecrypt(broken, Key, out var plain, out var reason))
            {
                Assert.DoesNotContain(plain.EnumerateObject(), m => m.Name.StartsWith("encrypted", StringComparison.Ordinal) && m.Name is "encryptedFeatures" or "encryptedSavedGroups");
                decrypted++;
            }
            else
            {
                Assert.False(string.IsNullOrWhiteSpace(reason));
                refused++;
            }
        }

        Assert.True(decrypted > 100 && refused > 100, $"{decrypted} payloads were decrypted, {refused} refused.");
    }

    private static string Broken(Mutator mutator, string text) => Encoding.UTF8.GetString(mutator.Mutate(Encoding.UTF8.GetBytes(text)));

    // As lenient as can be: whoever hands a payload over may have read it with other limits than ours.
    private static JsonElement? Parsed(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 1000 });
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
