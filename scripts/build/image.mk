# SPDX-License-Identifier: BSD-2-Clause
#
# Card and disk images: $(O)/image/BOARD.img, made by scripts/mkcard of what was
# built and of what scripts/setup fetched.

#: make image           a whole card or disk image: BOARD=virt|raspi3b|raspi4b; scripts/flash writes it

IMAGE_BOARDS := virt raspi3b raspi4b

ifneq ($(filter image,$(MAKECMDGOALS)),)
ifneq ($(filter-out $(IMAGE_BOARDS),$(BOARD)),)
$(error BOARD is $(BOARD): images are made for $(IMAGE_BOARDS))
endif
endif

$(IMAGE_BOARDS:%=$(O)/image/%.img): $(O)/image/%.img: $(O)/Image $(O)/boot.cpio scripts/mkcard LICENSE
	@mkdir -p $(@D)
	@echo "  CARD  $@"
	@$(PYTHON) scripts/mkcard --board $* --build $(O) -o $@

.PHONY: image images
image: all $(O)/image/$(BOARD).img
	@echo "$(O)/image/$(BOARD).img is whole; scripts/flash writes it to a card"

images: all $(IMAGE_BOARDS:%=$(O)/image/%.img)
