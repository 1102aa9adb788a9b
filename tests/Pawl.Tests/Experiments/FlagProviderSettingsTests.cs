using Pawl.Experiments;
using Xunit;

namespace Pawl.Tests.Experiments;

public sealed class FlagProviderSettingsTests
{
    [Theory]
    [InlineData("""{"kind":"pawl"}""", null)]
    [InlineData("""{"kind":"flagd","file":"flags.flagd.json"}""", "/etc/pawl/flags.flagd.json")]
    [InlineData("""{"kind":"flagd","file":"/srv/flags.json"}""", "/srv/flags.json")]
    public void Read_AProvider_HasItsFile(string settings, string? file) => Assert.Equal(file, FlagProviderSettings.Read(Json.Parse(settings), "/etc/pawl").File);

    [Theory]
    [InlineData("""{}""", "\"kind\" is missing")]
    [InlineData("""{"kind":"unleash"}""", "flags.kind: is unknown")]
    [InlineData("""{"kind":"pawl","file":"x.json"}""", "flags.file: belongs to flagd")]
    [InlineData("""{"kind":"flagd"}""", "\"file\" is missing")]
    [InlineData("""{"kind":"flagd","file":"flags.yaml"}""", "flags.file: is in YAML")]
    [InlineData("""{"kind":"flagd","path":"x"}""", "flags.path: is unknown")]
    public void Read_WhatDoesNotBelongThere_IsRefusedWithThePlace(string settings, string reason) =>
        Assert.Contains(reason, Assert.Throws<BadInputException>(() => FlagProviderSettings.Read(Json.Parse(settings), "/etc/pawl")).Message, StringComparison.Ordinal);
}
