using System.Text;

namespace Pcie.Files.Tests;

public sealed class BinaryCursorTests
{
    private static BinaryCursor Of(params byte[] bytes) => new(new MemoryStream(bytes), "sample file");

    private static void Refuses(string expected, Action read) => Assert.Equal(expected, Assert.Throws<InvalidDataException>(read).Message);

    [Fact]
    public void FieldsAreLittleEndianAndCountedFromTheFilesBeginning()
    {
        var file = Of(1, 2, 3, 4, 5, 6, 7, 0xAC, 0x02, 0xC2, 0xB5);
        Assert.Equal(0x0201, file.Load(3, "a").UInt16());
        // What is left of a section is passed over.
        Assert.Equal(0x07060504u, file.Load(4, "b").UInt32());
        Assert.Equal(7, file.Offset);
        Assert.Equal((300UL, "µ"), (file.Load(4, "c").Varint(), file.Text(2)));
        Assert.Equal(11, file.Offset);
        file.End();
    }

    [Fact]
    public void WhatIsMissingIsNamedWithThePlaceWhereTheFileEnds()
    {
        Refuses("Byte 3 of the sample file: the file ends within the head.", () => Of(1, 2, 3).Load(4, "the head"));
        Refuses("Byte 0 of the sample file: the file ends within the head.", () => Of().Load(4, "the head"));
        Assert.False(Of().TryLoad(4, "a block"));
        Refuses("Byte 1 of the sample file: the file ends within a block.", () => Of(1).TryLoad(4, "a block"));
    }

    [Fact]
    public void AFieldDoesNotReachBeyondItsSection()
    {
        Refuses("Byte 2 of the sample file: the head ends within 4 bytes of data.", () =>
        {
            var file = Of(1, 2, 3, 4, 5, 6, 7).Load(3, "the head");
            file.UInt16();
            file.UInt32();
        });
        Refuses("Byte 1 of the sample file: the head ends within a field.", () => Of(0x80, 1).Load(1, "the head").Varint());
    }

    [Fact]
    public void WhatIsNoTextOrNumberIsRefusedAtItsByte()
    {
        Refuses("Byte 1 of the sample file: this is not UTF-8.", () => Of((byte)'a', 0xFF).Load(2, "a name").Text(2));
        Refuses("Byte 10 of the sample file: a number of more than 10 bytes.",
            () => Of([.. Enumerable.Repeat((byte)0x80, 11)]).Load(11, "a").Varint());
    }

    [Fact]
    public void AnotherFileAnotherVersionAndMoreBytesAreRefused()
    {
        Refuses("Byte 0 of the sample file: this is no sample file; expected PCIE.", () => Of("PCIX"u8.ToArray()).Magic("PCIE"u8, "PCIE"));
        Refuses("Byte 0 of the sample file: format version 3; this program reads 1 to 2.", () => Of(3, 0, 0, 0).Version(1, 2));
        Refuses("Byte 0 of the sample file: more bytes; expected the end.", () => Of(0).End());
    }

    [Theory]
    [InlineData("abcd", 4, "abcd")]
    [InlineData("abcde", 4, "abcd")]
    [InlineData("abcµ", 4, "abc")]
    [InlineData("ab€", 4, "ab")]
    [InlineData("😀", 3, "")]
    public void ATextThatIsTooLongIsCutBetweenCharacters(string text, int bytes, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(BoundedText.Encode(text, bytes)));
}
